"""The command tree: what it lists, loads and says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from digitgan.cli import tree
from digitgan.cli.command import Command
from digitgan.cli.exits import COULD_NOT_START, USAGE
from digitgan.installation import install_command
from tests.commands import digitgan
from tests.processes import ROOT, processor_s

WHOLE = tree.Tree()
CONTEXT = click.Context(WHOLE, info_name="digitgan")
COMMANDS = {name: WHOLE.get_command(CONTEXT, name) for name in WHOLE.list_commands(CONTEXT)}


def run(*arguments: str, environment: Mapping[str, str] = os.environ) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "digitgan", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that a command leaves loaded in a fresh interpreter."""
    program = (
        "import sys\nfrom digitgan.__main__ import main\n"
        f"sys.argv = ['digitgan', *{list(arguments)!r}]\n"
        "status = main()\nprint(*sys.modules, file=sys.stderr)\nraise SystemExit(status)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


def test_help_lists_the_commands_of_both_halves() -> None:
    listed = digitgan("--help")
    assert listed.exit_code == 0
    for name in ("serve", "write", "dataset", "dataset numbers", "keys", "train", "few", "completion"):
        assert re.search(rf"^  {name} +[A-Z].*\.$", listed.stdout, re.MULTILINE), name


def test_help_loads_nothing_that_takes_time() -> None:
    loaded = loaded_by("--help")
    assert not {each.partition(".")[0] for each in loaded} & {"numpy", "pydantic", "fastapi", "torch", "onnxruntime"}


def test_write_loads_neither_the_service_nor_a_web_framework() -> None:
    loaded = loaded_by("write", "7")
    assert "onnxruntime" in loaded
    tops = {each.partition(".")[0] for each in loaded}
    assert not tops & {"fastapi", "starlette", "uvicorn", "pydantic_settings", "training", "torch"}
    assert {each for each in loaded if each.startswith("service.")} <= {"service.cli"}


def test_write_loads_only_the_model_that_it_draws_with(models_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(models_dir / "digits", tmp_path / "digits")
    shutil.copytree(models_dir / "mlp", tmp_path / "mlp")
    (tmp_path / "mlp" / "1" / "model.onnx").write_bytes(b"not a model")
    assert digitgan("write", "7", "--models-dir", tmp_path).exit_code == 0
    assert digitgan("write", "7", "--models-dir", tmp_path, "--model", "mlp").exit_code == COULD_NOT_START


@pytest.mark.alone
def test_help_takes_little_processor_time() -> None:
    assert processor_s(["-m", "digitgan", "--help"]) < 2 * processor_s(["-c", "import numpy"])


@pytest.mark.alone
def test_write_takes_little_processor_time() -> None:
    assert processor_s(["-m", "digitgan", "write", "7"]) < 3.5 * processor_s(["-c", "import numpy, onnxruntime"])


def test_no_command_prints_the_help_as_an_error() -> None:
    ended = digitgan()
    assert (ended.exit_code, ended.stdout) == (USAGE, "")
    assert re.search("  completion +Print", ended.stderr)


def test_version_is_printed() -> None:
    assert re.fullmatch(r"digitgan \d+\.\d+\.\d+\n", digitgan("--version").stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wrte"], "unknown command wrte; did you mean write?"),
        (["xyzzy"], "unknown command xyzzy; see digitgan --help"),
        (["write", "7", "--sed", "1"], "unknown option --sed; did you mean --seed or --scale?"),
        (["write"], "NUMBER is required; see digitgan write --help"),
        (["dataset", "-o", "out"], "--count is required; see digitgan dataset --help"),
        (["write", "7", "--seed"], "--seed requires an argument"),
        (["write", "7", "--invert=yes"], "--invert does not take a value"),
        (["health", "now"], "unexpected argument: now"),
        (["health", "now", "7"], "unexpected arguments: now 7"),
        (["serve", "--prt", "1"], "unknown option --prt; did you mean --port"),
        (["write", "7", "--format", "jpeg"], "--format: 'jpeg' is not one of 'png', 'svg', 'webp'"),
        (["evaluate", "nowhere.onnx"], "MODEL: 'nowhere.onnx' does not exist"),
    ],
)
def test_usage_error_names_what_is_wrong_and_what_to_do(arguments: list[str], message: str) -> None:
    ended = digitgan(*arguments)
    assert (ended.exit_code, ended.stdout) == (USAGE, "")
    assert ended.stderr.startswith(f"digitgan: {message}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_and_a_short_help_that_fits(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(command, Command)
    examples = command.examples(f"digitgan {name}")
    assert any(line.startswith(f"digitgan {name}") for line in examples)
    short = command.get_short_help_str(limit=66)
    assert short.endswith(".") and not short.endswith("...")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command is not None
    context = click.Context(command, info_name=name, parent=CONTEXT)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        assert (record and record[1].rstrip("]")[-1] in ".)") or "[" in (record or ("", ""))[1], parameter.name


@pytest.mark.parametrize("command", ["write", "serve", "train"])
def test_help_and_hints_show_the_program_that_was_typed(command: str) -> None:
    shown = run(command, "--help").stdout
    assert shown.startswith(f"Usage: python -m digitgan {command} ")
    assert f"\n  python -m digitgan {command} " in shown
    assert run("xyzzy").stderr == "digitgan: unknown command xyzzy; see python -m digitgan --help\n"


def test_training_without_its_packages_says_what_to_install() -> None:
    program = (
        "import runpy, sys; sys.modules['torch'] = None; sys.argv[1:] = ['train', 'mlp']; "
        "runpy.run_module('digitgan', run_name='__main__', alter_sys=True)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (COULD_NOT_START, "")
    needed = install_command("training")
    assert ended.stderr == f"digitgan: python -m digitgan train needs torch; install it with: {needed}\n"


def test_help_of_training_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in COMMANDS:
        assert digitgan(name, "--help").exit_code == 0, name


@pytest.mark.parametrize("command", [["write", "7"], ["dataset", "--count", "1", "-o", "out"], ["keys", "list"]])
def test_unknown_variable_is_refused_with_what_it_may_mean(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_PROT", "1")
    ended = digitgan(*command)
    assert (ended.exit_code, ended.stdout) == (COULD_NOT_START, "")
    assert re.fullmatch(r"digitgan: .*DIGITGAN_PROT \(did you mean DIGITGAN_PORT\?\)\n", ended.stderr)


def test_errors_have_the_form_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run("write", "7", "--model", "letters", environment=os.environ | {"DIGITGAN_LOG_FORMAT": "json"})
    assert ended.returncode == USAGE
    assert '"level": "error"' in ended.stderr
    assert "no model 'letters'" in ended.stderr


def test_a_closed_pipe_ends_a_command_quietly() -> None:
    program = f"{sys.executable} -m digitgan settings | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert ended.returncode in (0, 1)
    assert ended.stderr == ""


def test_error_of_the_system_is_told_in_words(tmp_path: Path) -> None:
    full = tmp_path / "full.png"
    full.symlink_to("/dev/full")
    assert digitgan("write", "7", "-o", full).stderr == "digitgan: No space left on device\n"
