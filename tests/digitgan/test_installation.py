import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from digitgan.cli.exits import COULD_NOT_START
from digitgan.installation import install_command, module_name, shipped_models

ROOT = Path(__file__).parents[2]
# The halves and the models lie inside the installed package; tests/package/ tries that with the wheel.


def test_repository_has_the_halves_and_the_models_beside_the_package() -> None:
    assert module_name("service") == "service"
    assert shipped_models() == ROOT / "exported"


def test_command_to_install_an_extra_names_the_pip_of_this_environment() -> None:
    words = shlex.split(install_command("cpu"))
    assert words[-2:] == ["install", "digitgan[cpu]"]
    assert subprocess.run([*words[:-2], "--version"], capture_output=True, text=True, check=True).stdout[:4] == "pip "


def test_command_to_install_an_extra_adds_a_runtime_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert [shlex.split(install_command(extra))[-1] for extra in ("cpu", "training")] == [
        "digitgan[cpu]",
        "digitgan[cpu,training]",
    ]


def test_command_without_a_runtime_says_what_to_install() -> None:
    program = "import sys; sys.modules['onnxruntime'] = None; from digitgan.cli.tree import main; sys.exit(main())"
    for arguments in (
        ["write", "7"],
        ["dataset", "--count", "10", "-o", "-"],
        ["check"],
        ["serve"],
        ["serve", "--workers", "2"],
    ):
        command = [sys.executable, "-c", program, *arguments]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout) == (COULD_NOT_START, "")
        needed = install_command("cpu")
        assert ended.stderr == f"digitgan: no ONNX runtime is installed; install one with: {needed}\n"
