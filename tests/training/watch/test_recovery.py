from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from training import checkpoints, history
from training.data import Dataset
from training.errors import Diverged
from training.recipes import mlp
from training.run import Options, Run
from training.schedules import Horizon
from training.state import State
from training.trainer import Hook
from training.watch.hooks import CheckpointHook
from training.watch.recovery import MOST_ROLLBACKS, train_through

RECIPE = replace(mlp.RECIPE, log_every=100, sheet_every=100, checkpoint_every=4)


class Spoiler:
    """Spoils the weights after some iterations, a given number of times."""

    def __init__(self, at: Callable[[int], bool], times: int) -> None:
        self.at, self.times = at, times
        self.seen: list[int] = []

    def after_iteration(self, state: State, progress: float) -> None:
        self.seen.append(state.iteration)
        if self.at(state.iteration) and self.times:
            self.times -= 1
            with torch.no_grad():
                next(state.generator.parameters()).fill_(torch.nan)

    def at_end(self, state: State, progress: float) -> None: ...


def trained(sample: Dataset, folder: Path, spoiler: Spoiler, iterations: int = 12) -> tuple[State, Run]:
    run = Run(folder)
    run.begin(RECIPE, Options(seed=3, iterations=iterations, budget_s=None, threads=1, data="sample"), sample, 0)
    state = State(RECIPE, sample, 3)
    hooks: list[Hook] = [CheckpointHook(run), spoiler]
    assert train_through(state, Horizon(iterations, None), hooks, lambda: False, run, Console(quiet=True))
    return state, run


def test_diverged_run_restarts_from_its_last_checkpoint(sample: Dataset, tmp_path: Path) -> None:
    spoiler = Spoiler(lambda iteration: iteration == 6, times=1)
    state, run = trained(sample, tmp_path, spoiler)
    assert spoiler.seen == [1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 9, 10, 11, 12]
    assert torch.isfinite(next(state.generator.parameters())).all()
    (line,) = history.read(run.history)
    assert line["iteration"] == 4
    assert "discriminator_loss is nan" in line["rollback"]
    assert "rollback 1 of 3" in line["rollback"]


def test_path_after_a_rollback_differs_and_is_repeatable(sample: Dataset, tmp_path: Path) -> None:
    weights = []
    for name, times in (("straight", 0), ("back", 1), ("back again", 1)):
        state, _ = trained(sample, tmp_path / name, Spoiler(lambda iteration: iteration == 6, times))
        weights.append(next(state.generator.parameters()).detach().clone())
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[1], weights[2])


def test_second_failure_goes_back_to_the_previous_checkpoint(sample: Dataset, tmp_path: Path) -> None:
    spoiler = Spoiler(lambda iteration: iteration == 9, times=2)
    trained(sample, tmp_path, spoiler)
    assert spoiler.seen[:9] == list(range(1, 10))
    assert spoiler.seen[9:] == [9, *range(5, 13)]


def test_run_stops_after_three_rollbacks_with_the_reason(sample: Dataset, tmp_path: Path) -> None:
    spoiler = Spoiler(lambda iteration: iteration > 4, times=100)
    with pytest.raises(Diverged, match=r"discriminator_loss is nan.*the run stops after 3 rollbacks"):
        trained(sample, tmp_path, spoiler)
    assert spoiler.seen.count(5) == 1 + MOST_ROLLBACKS


def test_divergence_before_the_first_checkpoint_ends_the_run(sample: Dataset, tmp_path: Path) -> None:
    with pytest.raises(Diverged, match="there is no checkpoint to go back to"):
        trained(sample, tmp_path, Spoiler(lambda iteration: iteration == 2, times=1))


def test_number_of_rollbacks_survives_an_interruption(sample: Dataset, tmp_path: Path) -> None:
    _, run = trained(sample, tmp_path, Spoiler(lambda iteration: iteration == 6, times=1))
    resumed = State(RECIPE, sample, 3)
    saved = checkpoints.latest(run.checkpoints)
    assert saved is not None
    resumed.load_state_dict(saved)
    assert resumed.rollbacks == 1


def test_state_saved_before_rollbacks_existed_can_be_loaded(sample: Dataset) -> None:
    state = State(RECIPE, sample, 3)
    saved = state.state_dict()
    del saved["rollbacks"]
    state.load_state_dict(saved)
    assert state.rollbacks == 0


def test_time_lost_to_a_rollback_stays_spent(sample: Dataset, tmp_path: Path) -> None:
    class Clock(Spoiler):
        def after_iteration(self, state: State, progress: float) -> None:
            self.elapsed = [*getattr(self, "elapsed", []), state.elapsed_s]
            super().after_iteration(state, progress)

    clock = Clock(lambda iteration: iteration == 6, times=1)
    trained(sample, tmp_path, clock)
    assert clock.elapsed == sorted(clock.elapsed)
