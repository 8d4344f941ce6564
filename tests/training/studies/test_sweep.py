import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.commands import digitgan
from tests.shapes import write_idx_folder
from training import checkpoints, data
from training.data import Dataset
from training.errors import RunRefused
from training.recipes import mlp_torch
from training.run import Options, Run
from training.studies.sweep import Sweep, Terms, Trial, check_comparable, run_trials

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
TERMS = Terms(iterations=3, budget_s=None, data="sample")
TRIALS = [Trial("mlp-torch", seed) for seed in (1, 2)]


def finished(folder: Path, trial: Trial, distance: float, sample: Dataset) -> None:
    """Write the files of a complete run with a given judge distance."""
    run = Run(Sweep(folder, TERMS).run(trial).folder)
    run.begin(
        mlp_torch.RECIPE, Options(seed=trial.seed, iterations=3, budget_s=None, threads=1, data="sample"), sample, 0
    )
    appraisal = {"judge_distance": distance, "classes": 9.5, "duplicates": 0.02, "label_accuracy": None}
    checkpoints.write({"iteration": 3, "appraisal": appraisal}, run.best)


def test_sweep_trains_each_run_once_and_names_failures_with_logs(tmp_path: Path) -> None:
    sweep, console, wrong = Sweep(tmp_path, TERMS), Console(width=400), Trial("no-such", 1)
    with console.capture() as shown:
        assert run_trials(sweep, [wrong, TRIALS[0]], 2, console) == 1
    assert f"no-such, seed 1: failed with status 2; see {sweep.log(wrong)}" in shown.get()
    assert "unknown recipe 'no-such'" in sweep.log(wrong).read_text()

    assert "mlp-torch, seed 1: done  judge distance" in shown.get()
    best = checkpoints.read(sweep.run(TRIALS[0]).best)
    assert best is not None
    (entry,) = json.loads((tmp_path / "sweep.json").read_text())["runs"]
    assert entry["figures"]["judge_distance"] == best["appraisal"]["judge_distance"]
    options = sweep.run(TRIALS[0]).options()
    assert (options.seed, options.iterations, options.threads, options.device) == (1, 3, 1, "cpu")

    again = Sweep(tmp_path, TERMS)
    assert run_trials(again, TRIALS[:1], 2, Console(quiet=True)) == 0
    assert len(again.run(TRIALS[0]).read()["starts"]) == 1


@pytest.mark.parametrize(("recipe", "why"), [("stacked", "draws stacks"), ("digits-small", "needs a teacher")])
def test_sweep_refuses_incomparable_recipes_before_training(recipe: str, why: str, tmp_path: Path) -> None:
    arguments = ["sweep", "--recipes", f"mlp,{recipe}", "--data", "sample", "--iterations", "1", "--to", str(tmp_path)]
    result = digitgan(*arguments)
    assert result.exit_code == 1
    assert why in result.stderr
    assert not any(tmp_path.iterdir())


def test_sweep_refuses_data_that_the_judge_does_not_read(tmp_path: Path) -> None:
    write_idx_folder(tmp_path / "bars", n=30)
    with pytest.raises(RunRefused, match="does not read 'bars'"):
        check_comparable([mlp_torch.RECIPE], data.load(str(tmp_path / "bars")))


def test_table_has_the_median_with_least_and_most(sample: Dataset, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, TERMS)
    for seed, distance in ((1, 30.0), (2, 10.0), (3, 12.5)):
        finished(tmp_path, Trial("mlp-torch", seed), distance, sample)
        sweep.note(Trial("mlp-torch", seed))
    summary = json.loads((tmp_path / "sweep.json").read_text())["recipes"]["mlp-torch"]
    assert summary["judge_distance"] == {"median": 12.5, "least": 10.0, "most": 30.0}
    console = Console(width=200)
    with console.capture() as shown:
        console.print(sweep.table())
    assert "12.5000 (10.0000 to 30.0000)" in shown.get()
    assert "2.0% (2.0% to 2.0%)" in shown.get()
    assert "label" not in shown.get()  # the recipe has no classes


@pytest.mark.parametrize("other", [{"iterations": 2}, {"iterations": 4}, {"budget_s": 60.0}, {"data": "mnist"}])
def test_sweep_refuses_a_folder_with_other_terms(other: dict[str, Any], sample: Dataset, tmp_path: Path) -> None:
    finished(tmp_path, TRIALS[0], 10.0, sample)
    other_terms = replace(TERMS, **other)
    with pytest.raises(RunRefused, match=rf"seed-1: was trained on other terms \({next(iter(other))}: .*--to"):
        run_trials(Sweep(tmp_path, other_terms), TRIALS[::-1], 1, Console(quiet=True))  # a run without results yet
    Sweep(tmp_path, TERMS).note(TRIALS[0])
    before = (tmp_path / "sweep.json").read_bytes()
    with pytest.raises(RunRefused, match=rf"other terms \({next(iter(other))}: .*--to"):
        Sweep(tmp_path, other_terms)
    assert (tmp_path / "sweep.json").read_bytes() == before
    assert Sweep(tmp_path, TERMS).is_done(TRIALS[0])
    assert not Sweep(tmp_path, TERMS).is_done(TRIALS[1])


def test_sweep_keeps_earlier_results_of_other_trials(sample: Dataset, tmp_path: Path) -> None:
    for trial in TRIALS:
        finished(tmp_path, trial, 10.0, sample)
        Sweep(tmp_path, TERMS).note(trial)
    assert len(json.loads((tmp_path / "sweep.json").read_text())["runs"]) == 2


def test_sweep_refuses_a_complete_run_of_a_changed_recipe(sample: Dataset, tmp_path: Path) -> None:
    finished(tmp_path, TRIALS[0], 10.0, sample)
    Sweep(tmp_path, TERMS).note(TRIALS[0])
    description = tmp_path / "mlp-torch" / "seed-1" / "run.json"
    description.write_text(description.read_text().replace('"batch_size": 32', '"batch_size": 31'))
    with pytest.raises(RunRefused, match="has changed since"):
        Sweep(tmp_path, TERMS).is_done(TRIALS[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipes", "mlp,dcgam", "--budget", "5m"], "unknown recipe 'dcgam'"),
        (["--recipes", "mlp", "--seeds", "1;2", "--budget", "5m"], "whole numbers from 0"),
        (["--recipes", "mlp", "--seeds", "1," + "9" * 5000, "--budget", "5m"], "whole numbers from 0"),
        (["--recipes", "mlp", "--seeds", "9007199254740992", "--budget", "5m"], "whole numbers from 0"),
        (["--recipes", "mlp", "--budget", "9" * 400 + "h"], "is not a duration"),
        (["--recipes", "mlp"], "--iterations or --budget is required"),
    ],
)
def test_sweep_refuses_invalid_arguments_before_training(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = digitgan("sweep", *arguments, "--to", str(tmp_path))
    assert done.exit_code == 2
    assert message in done.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_interrupt_checkpoints_every_run_and_starts_no_more(tmp_path: Path) -> None:
    options = [
        "--recipes",
        "mlp-torch",
        "--seeds",
        "1,2,3",
        "--iterations",
        "1000000",
        "--jobs",
        "2",
        "--data",
        "sample",
    ]
    command = [sys.executable, "-m", "digitgan", "sweep", *options, "--to", str(tmp_path)]
    sweep = Sweep(tmp_path, Terms(iterations=1_000_000, budget_s=None, data="sample"))
    runs = [sweep.run(trial) for trial in TRIALS]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not all(run.history.exists() for run in runs):
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert errors.count(": stopped") == 2
    assert all(len(checkpoints.every(run.checkpoints)) >= 1 for run in runs)
    assert not sweep.run(Trial("mlp-torch", 3)).exists


@pytest.mark.parametrize("content", ["", "\0\0\0", "[]", "{}", '{"terms": {}, "runs": [{}]}', "[" * 9999])
def test_sweep_keeps_damaged_results_and_takes_them_again_from_the_runs(
    content: str, sample: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(tmp_path, TRIALS[0], 10.0, sample)
    (tmp_path / "sweep.json").write_text(content)
    sweep = Sweep(tmp_path, TERMS)
    note = capsys.readouterr().err
    assert "sweep.json: " in note
    assert "_Results" not in note
    assert not sweep.is_done(TRIALS[0])  # its complete run ends at once when it is started again
    sweep.note(TRIALS[0])
    assert Sweep(tmp_path, TERMS).is_done(TRIALS[0])
    assert (tmp_path / "sweep.json.damaged-1").read_text() == content
