"""The commands `train` and `run`, in processes of their own."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitgan.contract.card import read_card
from tests.commands import digitgan
from tests.disks import full_disk
from tests.processes import ROOT, wait_until
from training import checkpoints

pytestmark = pytest.mark.long


def command(*arguments: str | int | Path) -> list[str]:
    return [sys.executable, "-m", "digitgan", *map(str, arguments)]


def call(*arguments: str | int | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=280)


def test_run_trains_and_exports_a_model(tmp_path: Path) -> None:
    done = call(
        "run", "mlp", "--data", "sample", "--iterations", 20, "--run", tmp_path / "run", "--to", tmp_path / "models"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "models" / "mlp" / "1")
    card = read_card(tmp_path / "models" / "mlp" / "1")
    assert card.training and card.data
    assert (card.model, card.training.iterations, card.data.name) == ("mlp", 20, "sample")


# tests/e2e/test_whole_path.py does the same with SIGINT.
@pytest.mark.parametrize(
    ("which", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_signal_saves_and_the_same_command_resumes(which: signal.Signals, code: int, tmp_path: Path) -> None:
    arguments = ("train", "mlp", "--data", "sample", "--iterations", 100_000, "--run", tmp_path, "--no-watch")
    with subprocess.Popen(command(*arguments), cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "run.json").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(which)
        _, errors = process.communicate(timeout=280)
    assert process.returncode == code
    assert "stopped at iteration" in errors
    reached = int(checkpoints.every(tmp_path / "checkpoints")[-1].stem)
    done = call(*arguments[:5], str(reached + 5), *arguments[6:])
    assert done.returncode == 0, done.stderr
    assert f"done at iteration {reached + 5}" in done.stderr


def test_run_goes_on_without_its_reader_and_saves_when_the_terminal_hangs_up(tmp_path: Path) -> None:
    arguments = ("train", "mlp", "--data", "sample", "--iterations", 100_000, "--run", tmp_path, "--no-watch")
    with subprocess.Popen(command(*arguments), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.close()  # as `2>&1 | head` does
        wait_until((tmp_path / "run.json").exists)
        second = digitgan(*arguments)
        assert second.exit_code == 1
        assert f"{tmp_path}: process {process.pid} (python -m digitgan train mlp" in second.stderr
        process.send_signal(signal.SIGHUP)
        assert process.wait(280) == 129
    assert checkpoints.latest(tmp_path / "checkpoints") is not None


def test_end_that_the_run_has_passed_is_refused_unless_it_is_its_own(tmp_path: Path) -> None:
    arguments = ("train", "mlp", "--data", "sample", "--run", tmp_path, "--no-watch")
    assert digitgan(*arguments, "--iterations", 3).exit_code == 0
    before = (tmp_path / "run.json").read_bytes()
    for other in (("--iterations", 2), ("--iterations", 0), ("--iterations", 9, "--budget", "0.001s")):
        refused = digitgan(*arguments, *other)
        assert refused.exit_code == 1
        assert re.search(r"already trained 3 iterations .* its own end \(--iterations 3\)", refused.stderr)
    assert (tmp_path / "run.json").read_bytes() == before
    for own in (("--iterations", 3), ()):
        assert "done at iteration 3" in digitgan(*arguments, *own).stderr
    assert "done at iteration 4" in digitgan(*arguments, "--iterations", 4).stderr


def test_full_disk_ends_a_run_in_one_sentence_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    arguments = ("train", "mlp", "--data", "sample", "--run", tmp_path, "--no-watch", "--iterations")
    assert digitgan(*arguments, 2).exit_code == 0
    before = {path for path in tmp_path.rglob("*") if "sheets" not in path.parts}
    with full_disk(300_000):
        done = digitgan(*arguments, 4)
    assert done.exit_code == 1
    assert done.stderr == f"digitgan: {tmp_path / 'checkpoints' / '00000004.pt'}: File too large\n"
    assert {path for path in tmp_path.rglob("*") if "sheets" not in path.parts} == before
    assert "done at iteration 4" in digitgan(*arguments, 4).stderr


def test_resume_never_refuses_a_folder_that_holds_a_run(tmp_path: Path) -> None:
    arguments = ("train", "mlp", "--data", "sample", "--iterations", 1, "--run", tmp_path, "--no-watch")
    assert digitgan(*arguments).exit_code == 0
    refused = digitgan(*arguments, "--resume", "never")
    assert refused.exit_code == 1
    assert "already holds a run" in refused.stderr


def test_file_system_errors_are_one_line(tmp_path: Path) -> None:
    line = {"iteration": 1, "discriminator_loss": 1, "generator_loss": 1, "discriminator_accuracy": 0.5}
    (tmp_path / "history.jsonl").write_text(json.dumps(line) + "\n")
    refused = digitgan("curves", tmp_path, "--to", tmp_path)  # where a file should go there is a folder
    assert refused.exit_code == 1
    assert refused.stderr.startswith("digitgan: ")
    assert "Is a directory" in refused.stderr


def test_unknown_recipe_is_a_usage_error() -> None:
    done = digitgan("train", "dcgam", "--data", "sample")
    assert done.exit_code == 2
    assert "unknown recipe 'dcgam'" in done.stderr


@pytest.mark.parametrize("budget", ["60", "0m", "ten minutes", "-5m"])
def test_invalid_budget_is_a_usage_error(budget: str) -> None:
    done = digitgan("train", "mlp", f"--budget={budget}")
    assert done.exit_code == 2
    assert "90s, 60m or 1.5h" in done.stderr
