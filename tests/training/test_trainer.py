from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest
import torch

from training.data import Dataset
from training.errors import Diverged
from training.phases import discriminator_jointly, discriminator_separately, generator_phase
from training.recipes import mlp
from training.recipes.digits import RECIPE
from training.recipes.recipe import GradientPenalty, TrainingRecipe
from training.schedules import Horizon
from training.state import State
from training.trainer import iterate, train

NEVER = lambda: False  # noqa: E731


class Watch:
    """Records the calls of a hook."""

    def __init__(self) -> None:
        self.iterations: list[int] = []
        self.rates: list[float] = []
        self.ends = 0

    def after_iteration(self, state: State, progress: float) -> None:
        self.iterations.append(state.iteration)
        self.rates.append(state.generator_optimizer.param_groups[0]["lr"])

    def at_end(self, state: State, progress: float) -> None:
        self.ends += 1


def test_hooks_see_each_iteration_and_the_end_once(sample: Dataset) -> None:
    watch = Watch()
    assert train(State(mlp.RECIPE, sample, 1), Horizon(4, None), [watch], NEVER)
    assert (watch.iterations, watch.ends) == ([1, 2, 3, 4], 1)


def test_stop_request_ends_after_the_iteration_and_calls_the_hooks(sample: Dataset) -> None:
    watch = Watch()
    assert not train(State(mlp.RECIPE, sample, 1), Horizon(100, None), [watch], lambda: len(watch.iterations) >= 3)
    assert (watch.iterations, watch.ends) == ([1, 2, 3], 1)


def test_rate_falls_to_zero_by_the_end_of_the_budget(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    quarters = (n / 4 for n in count())  # of a second, one for each iteration
    monkeypatch.setattr("training.trainer.time", SimpleNamespace(monotonic=quarters.__next__, process_time=lambda: 0.0))
    state, watch = State(RECIPE, sample, 1), Watch()
    assert train(state, Horizon(None, 2.0), [watch], NEVER)
    assert state.elapsed_s == 2.0
    assert watch.rates == pytest.approx([1e-3 * (8 - n) / 8 for n in range(8)])


def test_budget_counts_the_time_before_an_interruption(sample: Dataset) -> None:
    state = State(mlp.RECIPE, sample, 1)
    state.elapsed_s = 3600
    assert train(state, Horizon(None, 3600.0), [], NEVER)
    assert state.iteration == 0


@pytest.mark.parametrize("recipe", [mlp.RECIPE, RECIPE], ids=lambda recipe: recipe.name)
def test_nan_loss_stops_the_run_and_names_the_iteration(recipe: TrainingRecipe, sample: Dataset) -> None:
    state = State(recipe, sample, 1)
    iterate(state, 0)
    with torch.no_grad():
        next(state.generator.parameters()).fill_(torch.nan)
    watch = Watch()
    with pytest.raises(Diverged, match="iteration 2: discriminator_loss is nan"):
        train(state, Horizon(10, None), [watch], NEVER)
    assert (watch.iterations, watch.ends) == ([], 0)


def test_textbook_iteration_has_two_discriminator_steps_and_one_other(sample: Dataset) -> None:
    state = State(mlp.RECIPE, sample, 1)
    for _ in range(3):
        iterate(state, 0)
    assert state.discriminator_optimizer.state[next(state.discriminator.parameters())]["step"] == 6
    assert state.generator_optimizer.state[next(state.generator.parameters())]["step"] == 3


def test_textbook_fakes_use_moving_statistics_without_changing_them(sample: Dataset) -> None:
    state = State(mlp.RECIPE, sample, 1)
    before = [buffer.clone() for buffer in state.generator.buffers()]
    discriminator_separately(state, *state.stream.next())
    assert all(torch.equal(old, new) for old, new in zip(before, state.generator.buffers(), strict=True))
    assert all(weight.grad is None for weight in state.generator.parameters())


def test_generator_phase_does_not_change_the_discriminator(sample: Dataset) -> None:
    state = State(RECIPE, sample, 1)
    before = [weight.clone() for weight in state.discriminator.parameters()]
    generator_phase(state, *state.stream.next())
    assert all(torch.equal(old, new) for old, new in zip(before, state.discriminator.parameters(), strict=True))
    assert all(weight.requires_grad for weight in state.discriminator.parameters())


def test_lazy_penalty_is_applied_every_few_iterations(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import losses, phases

    calls: list[int] = []
    original = losses.gradient_penalty
    state = State(replace(RECIPE, penalty=GradientPenalty(gamma=0.1, every=8)), sample, 1)

    def counted(*arguments: object) -> torch.Tensor:
        calls.append(state.iteration)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(phases, "gradient_penalty", counted)
    for _ in range(9):
        iterate(state, 0)
    assert calls == [0, 0, 8, 8]  # R1 and R2 each time


def test_discriminator_alone_learns_to_separate_one_batch_from_fakes(sample: Dataset) -> None:
    state = State(RECIPE, sample, 1)
    images, label = state.stream.next()
    figures = [discriminator_jointly(state, images, label) for _ in range(20)]
    assert figures[-1]["discriminator_loss"] < 0.8 * figures[0]["discriminator_loss"]
    assert figures[-1]["discriminator_accuracy"] > 0.9
