"""What shells complete, tested with bash itself and with the class for tcsh."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import digitgan
from tests.processes import ROOT
from tests.programs import skip_without


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds bash's script and a command `digitgan`."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "digitgan.bash").write_text(digitgan("completion", "bash").stdout)
    command = folder / "digitgan"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m digitgan "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("digitgan wr", {"write"}),
        ("digitgan write --se", {"--seed"}),
        ("digitgan write --provider ope", {"openvino"}),
        ("digitgan dataset --format ", {"idx", "folders", "parquet"}),
        ("digitgan serve --keys", {"--keys-file"}),
        ("digitgan serve --log-format ", {"text", "json"}),
        ("digitgan train --tea", {"--teacher"}),
        ("digitgan train ml", {"mlp", "mlp-torch"}),
        ("digitgan train mlp --resume ", {"auto", "never"}),
        ("digitgan train mlp --no-watch --resume ", {"auto", "never"}),
    ],
)
def test_bash_completes_commands_options_and_values(script: Path, typed: str, expected: set[str]) -> None:
    words = typed.split(" ")
    ask = (
        f"source {script}/digitgan.bash; COMP_WORDS=({' '.join(words[:-1])} '{words[-1]}'); "
        f"COMP_CWORD={len(words) - 1}; "
        "$(complete -p digitgan | sed 's/.*-F \\([^ ]*\\).*/\\1/') digitgan; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    environment = os.environ | {"PATH": f"{script}:{os.environ['PATH']}"}
    answered = subprocess.run(
        ["bash", "-c", ask], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=True
    )
    assert set(answered.stdout.split()) == expected


@pytest.mark.parametrize("typed", ["export expo", "evaluate exported/", "write 7 -o ", "write 7 --models-dir exp"])
def test_files_are_completed_by_the_shell(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["digitgan", *typed.split(" ")]
    monkeypatch.setenv("_DIGITGAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    assert digitgan().stdout == f"file,{words[-1]}\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [("digitgan wr", ["write"]), ("digitgan train mlp --resume ", ["auto", "never"]), ("digitgan keys a", ["add"])],
)
def test_tcsh_gets_one_word_a_line(line: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_DIGITGAN_COMPLETE", "tcsh_complete")
    monkeypatch.setenv("COMMAND_LINE", line)
    assert digitgan().stdout.split() == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_every_shell_accepts_its_script(shell: str, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(digitgan("completion", shell).stdout)
    program = skip_without(shell, shows="completion in this shell")
    subprocess.run([program, "-n", str(tmp_path / "script")], check=True, timeout=280)
