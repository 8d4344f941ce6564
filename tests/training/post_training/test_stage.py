import json
import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from digitgan.contract.card import read_card
from tests.commands import digitgan
from tests.processes import wait_until
from tests.training.conftest import copy_of, train_for
from training import checkpoints, history
from training.data import Dataset
from training.device import CPU
from training.export import best_generator, export, snapshot_of
from training.history_export import add_history
from training.launch import launch
from training.post_training.stage import post_train
from training.recipes import digits, mlp, smoke
from training.recipes.recipe import PostTraining, TrainingRecipe
from training.run import Run
from training.watch.appraisal import Appraiser

pytestmark = pytest.mark.long

SETTINGS = PostTraining(
    feature_iterations=5,
    iterations=5,
    full_after=1,
    batch_size=16,
    n_real=24,
    average_half_life=2.0,
    learning_rate=1e-3,
)
RECIPE = replace(digits.RECIPE, post_training=SETTINGS)
CONDITIONAL = pytest.mark.parametrize("trained", ["digits"], indirect=True)


def follow(
    run: Run,
    sample: Dataset,
    recipe: TrainingRecipe = RECIPE,
    should_stop: Callable[[], bool] = lambda: False,
    appraiser: Appraiser | None = None,
) -> bool:
    return post_train(
        run,
        recipe,
        run.options(),
        sample,
        device=CPU,
        appraiser=appraiser,
        should_stop=should_stop,
        console=Console(quiet=True),
    )


def after(n: int) -> Callable[[], bool]:
    """Return a question that is answered by no so many times."""
    answers = iter([False] * n)
    return lambda: next(answers, True)


def weights(run: Run) -> dict[str, torch.Tensor]:
    saved = checkpoints.read(run.post_trained)
    assert saved is not None
    return dict(saved["generator"])


def are_equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_interrupted_stage_ends_with_the_bits_of_an_uninterrupted_one(
    trained: Run, sample: Dataset, tmp_path: Path
) -> None:
    recipe = RECIPE if trained.read()["recipe"]["name"] == "digits" else replace(mlp.RECIPE, post_training=SETTINGS)
    straight, cut = copy_of(trained, tmp_path / "straight"), copy_of(trained, tmp_path / "cut")
    assert follow(straight, sample, recipe)
    for n in (3, 2, 1, 1):  # in the networks' part, at its end, and twice in the generator's
        assert not follow(cut, sample, recipe, after(n))
        assert not cut.post_trained.exists()
        torch.manual_seed(n)
    assert follow(cut, sample, recipe)
    assert are_equal(weights(straight), weights(cut))
    assert not are_equal(weights(cut), best_generator(trained).state_dict())


@CONDITIONAL
def test_exported_model_is_the_post_trained_one(
    trained: Run, sample: Dataset, tmp_path: Path, short_measurements: None
) -> None:
    run = copy_of(trained, tmp_path / "run")
    before = read_card(export(run, tmp_path / "models", "1", judge=None))
    assert follow(run, sample, appraiser=Appraiser(sample, 1000))
    assert snapshot_of(run)["appraisal"]["judge_distance"] > 0
    for iteration in (4, 8):
        history.append(run.history, {"iteration": iteration, "generator_loss": 1.0})
    folder = export(run, tmp_path / "models", "2", judge=None)
    card = read_card(folder)
    assert before.training and card.training and card.training.post_training
    assert "post_training" not in before.training.model_dump()
    facts = card.training.post_training
    assert (facts.network_iterations, facts.iterations) == (5, 5)
    assert card.training.cpu_s == pytest.approx(before.training.cpu_s + facts.cpu_s, abs=0.1)
    assert card.multiply_adds == before.multiply_adds
    assert card.file.sha256 != before.file.sha256
    assert add_history(folder, run) == 2


@CONDITIONAL
def test_other_settings_or_another_snapshot_make_the_result_anew(trained: Run, sample: Dataset, tmp_path: Path) -> None:
    run = copy_of(trained, tmp_path / "run")
    assert follow(run, sample)
    first, networks = weights(run), (run.post_training / "networks" / "checkpoints" / "00000005.pt").read_bytes()
    written = run.post_trained.stat().st_mtime_ns
    assert follow(run, sample)  # nothing is left to do
    assert run.post_trained.stat().st_mtime_ns == written

    softer = replace(RECIPE, post_training=replace(SETTINGS, hinge=0.0))
    assert not follow(run, sample, softer, after(1))
    assert snapshot_of(run)["iteration"] == 12
    assert not run.post_trained.exists()
    assert follow(run, sample, softer)
    assert not are_equal(weights(run), first)
    kept = checkpoints.read(run.post_training / "networks" / "checkpoints" / "00000005.pt")
    (tmp_path / "networks.pt").write_bytes(networks)
    earlier = checkpoints.read(tmp_path / "networks.pt")
    assert kept and earlier and are_equal(kept["networks"], earlier["networks"])  # they do not depend on these

    other = train_for(digits.RECIPE, 12, sample, tmp_path / "other", seed=8)
    shutil.copytree(other.checkpoints, run.checkpoints, dirs_exist_ok=True)
    again = weights(run)
    assert follow(run, sample, softer)
    assert not are_equal(weights(run), again)


def test_run_from_before_the_stage_gets_it_on_the_same_command(sample: Dataset, tmp_path: Path) -> None:
    run = train_for(replace(smoke.RECIPE, post_training=None), 2, sample, tmp_path / "run")
    description = run.folder / "run.json"
    facts = json.loads(description.read_text())
    del facts["recipe"]["post_training"]
    description.write_text(json.dumps(facts))
    best_generator(run)  # can still be exported
    state = checkpoints.latest(run.checkpoints)
    command = ["train", "smoke", "--data", "sample", "--seed", "7", "--no-watch", "--run", str(run.folder)]
    done = digitgan(*command)
    assert "done at iteration 2" in done.stderr
    first = snapshot_of(run)
    assert first["post_training"]["iterations"] == 1
    assert (
        run.read()["recipe"]["post_training"] == json.loads(json.dumps(smoke.RECIPE.configuration()))["post_training"]
    )
    now = checkpoints.latest(run.checkpoints)
    assert state and now and are_equal(now["generator"], state["generator"])

    assert "done at iteration 3" in digitgan(*command, "--iterations", "3").stderr
    assert snapshot_of(run)["iteration"] == 3
    assert snapshot_of(run)["origin"] != first["origin"]


def test_training_that_goes_on_drops_the_stages_result(sample: Dataset, tmp_path: Path) -> None:
    run = train_for(smoke.RECIPE, 2, sample, tmp_path / "run")
    assert follow(run, sample, replace(smoke.RECIPE, post_training=SETTINGS))
    endless = replace(SETTINGS, feature_iterations=100_000)
    assert _launch(run, endless, iterations=4, stops_when=lambda: not run.post_trained.exists()) == 143
    assert "post_training" not in snapshot_of(run)


def test_signal_in_the_stage_saves_and_says_so(sample: Dataset, tmp_path: Path) -> None:
    run = train_for(smoke.RECIPE, 2, sample, tmp_path / "run")
    settings = replace(SETTINGS, feature_iterations=100_000)
    assert _launch(run, settings, stops_when=(run.post_training / "networks" / "history.jsonl").exists) == 143
    (saved,) = checkpoints.every(run.post_training / "networks" / "checkpoints")
    assert int(saved.stem) < 100_000
    assert not run.post_trained.exists()


def _launch(run: Run, settings: PostTraining = SETTINGS, *, iterations: int = 2, stops_when: Callable[[], bool]) -> int:
    """Launch a run of the recipe smoke, and send SIGTERM when the condition holds; return the exit code."""

    def stop() -> None:
        wait_until(stops_when)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        return launch(
            replace(smoke.RECIPE, post_training=settings),
            replace(run.options(), iterations=iterations),
            run,
            data_dir=None,
            resumes=True,
            console=Console(quiet=True),
            watches=False,
        )
    finally:
        thread.join()
