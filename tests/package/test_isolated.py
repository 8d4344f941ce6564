"""The wheel installed as an application: by uvx for one command, and by pipx to stay."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package.environments import TIMEOUT_S, without_checkout

WRITE = ("digitgan", "write", "2026", "--seed", "7", "-o", "2026.png")
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs a command in an empty folder with a home of its own, and returns what it writes to stderr."""
    variables = without_checkout() | {"HOME": str(tmp_path / "home"), "UV_NO_CONFIG": "1"}
    work = tmp_path / "empty"
    work.mkdir()

    def run(*words: object, status: int = 0) -> str:
        program = shutil.which(str(words[0]))
        assert program, f"{words[0]} is in the release environment; make packages has it on its path"
        command = [program, *map(str, words[1:])]
        ended = subprocess.run(
            command, cwd=work, env=variables, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        assert ended.returncode == status, ended
        return ended.stderr

    return run


def picture(folder: Path) -> bytes:
    return (folder / "empty" / "2026.png").read_bytes()


def test_uvx_runs_a_command_without_installing_it(run: Run, wheel: Path, tmp_path: Path, expected: bytes) -> None:
    run("uvx", "--from", f"{wheel}[cpu]", *WRITE)
    assert picture(tmp_path) == expected


def test_uvx_without_a_runtime_names_the_command_that_installs_one(run: Run, wheel: Path, tmp_path: Path) -> None:
    """Environments of uv have no pip of their own."""
    told = run("uvx", "--from", wheel, *WRITE, status=3)
    found = re.search(r"^digitgan: no ONNX runtime is installed; install one with: (uv pip .*)$", told, re.MULTILINE)
    assert found, told
    run("bash", "-c", found[1])
    run("uvx", "--from", wheel, *WRITE)
    assert picture(tmp_path)


def test_pipx_installs_the_command(run: Run, wheel: Path, tmp_path: Path, expected: bytes) -> None:
    run("pipx", "install", f"{wheel}[cpu]")
    run(tmp_path / "home" / ".local" / "bin" / "digitgan", *WRITE[1:])
    assert picture(tmp_path) == expected


def test_pipx_runs_a_command_from_a_file(run: Run, wheel: Path, tmp_path: Path, expected: bytes) -> None:
    run("pipx", "run", "--spec", f"{wheel}[cpu]", *WRITE)
    assert picture(tmp_path) == expected
