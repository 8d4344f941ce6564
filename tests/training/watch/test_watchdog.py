from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch.utils import _pytree as pytree

from training import checkpoints, history
from training.data import Dataset
from training.errors import Collapsed
from training.networks.base import Generator
from training.recipes import digits, mlp
from training.recipes.recipe import TrainingRecipe
from training.run import Options, Run
from training.schedules import Horizon
from training.state import State
from training.trainer import Hook, train
from training.watch.appraisal import Appraisal, Appraiser
from training.watch.hooks import CheckpointHook, HistoryHook, SheetHook
from training.watch.watchdog import Watchdog, diagnose, lopsided

GOOD = Appraisal(judge_distance=2.0, classes=9.9, duplicates=0.02, label_accuracy=0.97)
NEVER = lambda: False  # noqa: E731


class Told:
    """A judge that returns prepared appraisals one after another."""

    def __init__(self, *appraisals: Appraisal) -> None:
        self.appraisals = list(appraisals)

    def appraise(self, generator: Generator) -> Appraisal:
        return self.appraisals.pop(0)


def short(recipe: TrainingRecipe, checkpoint_every: int = 4) -> TrainingRecipe:
    return replace(recipe, log_every=2, sheet_every=100, checkpoint_every=checkpoint_every)


def begun(recipe: TrainingRecipe, dataset: Dataset, folder: Path) -> tuple[State, Run]:
    run = Run(folder)
    run.begin(recipe, Options(seed=3, iterations=8, budget_s=None, threads=1, data="sample"), dataset, 0)
    return State(recipe, dataset, 3), run


def quiet() -> Console:
    return Console(quiet=True)


def test_healthy_generator_has_no_symptom() -> None:
    assert diagnose(GOOD, None) == diagnose(GOOD, GOOD) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"classes": 2.6}, "2.6 of 10 classes"),
        ({"duplicates": 0.9}, "90% duplicates"),
        ({"judge_distance": 50}, "25.0"),
    ],
)
def test_generator_that_lost_variety_has_collapsed(change: dict[str, float], name: str) -> None:
    (symptom,) = diagnose(replace(GOOD, **change), GOOD)
    assert name in symptom.text
    assert symptom.is_collapse


@pytest.mark.parametrize("change", [{"classes": 7.0}, {"duplicates": 0.3}, {"judge_distance": 8.0}])
def test_somewhat_worse_generator_gives_a_warning(change: dict[str, float]) -> None:
    (symptom,) = diagnose(replace(GOOD, **change), GOOD)
    assert not symptom.is_collapse


def test_poor_generator_at_the_start_has_not_collapsed() -> None:
    mush = replace(GOOD, classes=1.0, duplicates=1.0, judge_distance=120.0)
    assert [symptom.is_collapse for symptom in diagnose(mush, None)] == [False, False]
    assert not any(symptom.is_collapse for symptom in diagnose(mush, mush))


def test_discriminator_that_wins_outright_is_a_symptom() -> None:
    assert lopsided({"logit_gap": 0.3, "discriminator_accuracy": 0.7}) is None
    assert lopsided({}) is None
    symptom = lopsided({"logit_gap": 14.0, "discriminator_accuracy": 0.999})
    assert symptom is not None
    assert "a logit gap of 14.0" in symptom.text


@pytest.mark.parametrize(
    "recipe", [mlp.RECIPE, pytest.param(digits.RECIPE, marks=pytest.mark.slow)], ids=lambda recipe: recipe.name
)
def test_watched_run_has_the_bits_of_an_unwatched_one(recipe: TrainingRecipe, sample: Dataset, tmp_path: Path) -> None:
    leaves = []
    for name in ("watched", "unwatched"):
        state, run = begun(short(recipe), sample, tmp_path / name)
        hooks: list[Hook] = [HistoryHook(run, quiet()), SheetHook(run), CheckpointHook(run)]
        if name == "watched":
            hooks.insert(0, Watchdog(run, Appraiser(sample, n_images=1000), quiet()))
        assert train(state, Horizon(5, None), hooks, NEVER)
        assert run.best.exists() == (name == "watched")
        state.elapsed_s = state.cpu_s = 0.0  # these depend on the clock
        leaves.append(pytree.tree_leaves(state.state_dict()))
    assert len(leaves[0]) == len(leaves[1]) > 50
    for mine, theirs in zip(*leaves, strict=True):
        assert torch.equal(mine, theirs) if isinstance(mine, torch.Tensor) else mine == theirs


def test_watchdog_appraises_before_each_checkpoint_and_at_the_end(sample: Dataset, tmp_path: Path) -> None:
    state, run = begun(short(mlp.RECIPE), sample, tmp_path)
    told = Told(GOOD, GOOD, replace(GOOD, judge_distance=1.5))
    train(state, Horizon(10, None), [Watchdog(run, told, quiet())], NEVER)  # type: ignore[arg-type]
    looks = [line for line in history.read(run.history) if "judge_distance" in line]
    assert [line["iteration"] for line in looks] == [4, 8, 10]
    assert looks[2]["judge_distance"] == 1.5


def test_best_generator_is_kept_with_its_weights(sample: Dataset, tmp_path: Path) -> None:
    state, run = begun(short(mlp.RECIPE), sample, tmp_path)
    told = Told(replace(GOOD, judge_distance=3.0), GOOD, replace(GOOD, judge_distance=2.5))
    seen: list[torch.Tensor] = []

    class Weights:
        def after_iteration(self, state: State, progress: float) -> None:
            seen.append(next(state.generator.parameters()).detach().clone())

        def at_end(self, state: State, progress: float) -> None: ...

    train(state, Horizon(12, None), [Watchdog(run, told, quiet()), Weights()], NEVER)  # type: ignore[arg-type]
    best = checkpoints.read(run.best)
    assert best is not None
    assert (best["iteration"], best["appraisal"]["judge_distance"]) == (8, 2.0)
    assert torch.equal(next(iter(best["generator"].values())), seen[7])


def test_collapsed_generator_is_not_saved(sample: Dataset, tmp_path: Path) -> None:
    state, run = begun(short(mlp.RECIPE), sample, tmp_path)
    told = Told(GOOD, replace(GOOD, duplicates=0.8))
    hooks: list[Hook] = [Watchdog(run, told, quiet()), CheckpointHook(run)]  # type: ignore[arg-type]
    with pytest.raises(Collapsed, match=r"iteration 8: 80% duplicates"):
        train(state, Horizon(20, None), hooks, NEVER)
    assert [path.name for path in checkpoints.every(run.checkpoints)] == ["00000004.pt"]


def test_resumed_watchdog_remembers_the_best(sample: Dataset, tmp_path: Path) -> None:
    state, run = begun(short(mlp.RECIPE), sample, tmp_path)
    train(state, Horizon(4, None), [Watchdog(run, Told(GOOD), quiet())], NEVER)  # type: ignore[arg-type]
    worse = Told(replace(GOOD, judge_distance=2.1))
    train(state, Horizon(8, None), [Watchdog(run, worse, quiet())], NEVER)  # type: ignore[arg-type]
    best = checkpoints.read(run.best)
    assert best is not None
    assert best["iteration"] == 4


def test_stopped_run_is_not_appraised_again(sample: Dataset, tmp_path: Path) -> None:
    state, run = begun(short(mlp.RECIPE), sample, tmp_path)
    stops = iter([False, False, True])
    watchdog = Watchdog(run, Told(), quiet())  # type: ignore[arg-type] # a look would find nothing to say
    assert not train(state, Horizon(100, None), [watchdog], lambda: next(stops))
