"""Knows what the joint command is to its user: one list of words, two halves. Does not know what commands do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group

from digitgan.cli.exits import COULD_NOT_START, USAGE
from digitgan.joint import main
from digitgan.training_words import TRAINING
from training.cli import app

ROOT = Path(__file__).parents[2]


def run(*arguments: str, program: str = "") -> "subprocess.CompletedProcess[str]":
    how = ["-c", program] if program else ["-m", "digitgan"]
    return subprocess.run(
        [sys.executable, *how, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


def test_training_without_its_packages_says_how_to_get_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training.cli", None)
    assert main(["train", "mlp"]) == COULD_NOT_START
    assert capsys.readouterr().err.endswith("pip install 'digitgan[training]'\n")


def test_the_list_and_the_service_load_nothing_of_training() -> None:
    program = "import sys\nfrom digitgan.joint import main\ntry: main()\nfinally: assert 'torch' not in sys.modules"
    listed = run("--help", program=program)
    assert listed.returncode == 0, listed.stderr
    assert all(f"\n    {word}" in listed.stdout for word in ("serve", "write", "dataset", "completion", *TRAINING))


def test_without_a_word_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == USAGE
    listed = capsys.readouterr().err
    assert "\n    completion  print" in listed
    assert "examples:" in listed


@pytest.mark.parametrize("word", TRAINING)
def test_every_word_of_training_has_an_example_in_its_help(word: str) -> None:
    assert re.search(rf"^ *digitgan {word}\b", get_group(app).commands[word].help or "", re.MULTILINE)


def test_a_file_that_is_not_there_is_named_before_anything_is_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["evaluate", "nowhere.onnx"])
    assert left.value.code == USAGE
    assert "nowhere.onnx" in capsys.readouterr().err


def test_a_word_of_training_is_trainings_with_the_joint_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["evaluate"])
    assert left.value.code == 2
    assert "Usage: digitgan evaluate" in capsys.readouterr().err
