"""The training loop: batches, phases, average and hooks, until the horizon or a request to stop."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from .errors import Diverged
from .phases import PHASES
from .schedules import Horizon, average_decay, rate_factor
from .state import Figures, State


class Hook(Protocol):
    """An observer of a run, such as the history, the sheets, the checkpoints or the progress line."""

    def after_iteration(self, state: State, progress: float) -> None:
        """Observe the state after an iteration; ``progress`` is from 0 to 1."""
        ...

    def at_end(self, state: State, progress: float) -> None:
        """Observe the state for the last time, also if the run stopped before its horizon."""
        ...


def train(state: State, horizon: Horizon, hooks: Sequence[Hook], should_stop: Callable[[], bool]) -> bool:
    """Train from the current state on; return whether the horizon was reached.

    Raises:
        Diverged: a loss is not a finite number; the message names it and the iteration. Hooks are not called again, so
            the last checkpoint is from before.
    """
    clock = _Clock(state)
    progress = horizon.progress(state.iteration, state.elapsed_s, state.cpu_s)
    while progress < 1 and not should_stop():
        state.window.add(iterate(state, progress))
        clock.read()
        progress = horizon.progress(state.iteration, state.elapsed_s, state.cpu_s)
        for hook in hooks:
            hook.after_iteration(state, progress)
    for hook in hooks:
        hook.at_end(state, progress)
    return progress >= 1


def iterate(state: State, progress: float) -> Figures:
    """Run one iteration on the state and return its figures.

    Args:
        state: changed in place.
        progress: of the run so far, 0..1; it sets the learning rates.

    Raises:
        Diverged: a loss is not a finite number.
    """
    recipe = state.recipe
    for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
        for group in optimizer.param_groups:
            group["lr"] = recipe.adam.learning_rate * rate_factor(recipe.adam.decay, progress)
    discriminator_phase, generator_phase = PHASES[recipe.updates]
    for _ in range(recipe.discriminator_phases):
        images, label = state.batch()
        figures = discriminator_phase(state, images, label)
    figures = state.team.mean(figures | generator_phase(state, images, label))
    state.iteration += 1
    if errors := [f"{name} is {value}" for name, value in figures.items() if not math.isfinite(value)]:
        raise Diverged(f"iteration {state.iteration}: {', '.join(errors)}; the last checkpoint is from before")
    if state.average and recipe.average_half_life_images:
        decay = average_decay(recipe.average_half_life_images, recipe.images_an_iteration, state.images)
        state.average.update(state.generator, decay)
    return figures


class _Clock:
    """Adds the time spent by the first process, and the processor time of all, to what the run had spent before."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._earlier = state.elapsed_s, state.cpu_s
        self._start = time.monotonic(), time.process_time()

    def read(self) -> None:
        elapsed_s, cpu_s = time.monotonic() - self._start[0], time.process_time() - self._start[1]
        team = self._state.team
        elapsed_s, cpu_s = team.total([elapsed_s if team.is_first else 0.0, cpu_s])
        self._state.elapsed_s = self._earlier[0] + elapsed_s
        self._state.cpu_s = self._earlier[1] + cpu_s
