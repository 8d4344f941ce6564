"""The loop of all parts of a run, and the training's iteration: batches, phases, average."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from .errors import Diverged
from .phases import PHASES
from .schedules import Horizon, average_decay, rate_factor
from .state import Course, Figures, State

AnyCourse = TypeVar("AnyCourse", bound=Course)
Observed = TypeVar("Observed", bound=Course, contravariant=True)


class CourseHook(Protocol[Observed]):
    """An observer of a part of a run, such as the history, the sheets, the checkpoints or the progress line."""

    def after_iteration(self, state: Observed, progress: float) -> None:
        """Observe the state after an iteration; ``progress`` is from 0 to 1."""
        ...

    def at_end(self, state: Observed, progress: float) -> None:
        """Observe the state for the last time, also if the run stopped before its horizon."""
        ...


Hook = CourseHook[State]


def train(state: State, horizon: Horizon, hooks: Sequence[Hook], should_stop: Callable[[], bool]) -> bool:
    """Train from the current state on; return whether the horizon was reached.

    Raises:
        Diverged: see `advance`.
    """
    return advance(state, iterate, horizon, hooks, should_stop)


def advance(
    state: AnyCourse,
    step: Callable[[AnyCourse, float], Figures],
    horizon: Horizon,
    hooks: Sequence[CourseHook[AnyCourse]],
    should_stop: Callable[[], bool],
) -> bool:
    """Repeat a step from the current state on; return whether the horizon was reached.

    Args:
        state: changed in place.
        step: runs one iteration on the state, given the progress from 0 to 1, and returns its figures.
        horizon: where this ends.
        hooks: called in this order after each iteration and at the end.
        should_stop: asked before each iteration.

    Raises:
        Diverged: a figure is not a finite number; the message names it and the iteration. Hooks are not called again,
            so the last checkpoint is from before.
    """
    clock = _Clock(state)
    progress = horizon.progress(state.iteration, state.elapsed_s, state.cpu_s)
    while progress < 1 and not should_stop():
        state.window.add(step(state, progress))
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
    check_finite(state, figures)
    if state.average and recipe.average_half_life_images:
        decay = average_decay(recipe.average_half_life_images, recipe.images_an_iteration, state.images)
        state.average.update(state.generator, decay)
    return figures


def check_finite(state: Course, figures: Figures) -> None:
    """Raise Diverged if one of an iteration's figures is not a finite number."""
    if errors := [f"{name} is {value}" for name, value in figures.items() if not math.isfinite(value)]:
        raise Diverged(f"iteration {state.iteration}: {', '.join(errors)}; the last checkpoint is from before")


class _Clock:
    """Adds the time spent by the first process, and the processor time of all, to what the run had spent before."""

    def __init__(self, state: Course) -> None:
        self._state = state
        self._earlier = state.elapsed_s, state.cpu_s
        self._start = time.monotonic(), time.process_time()

    def read(self) -> None:
        elapsed_s, cpu_s = time.monotonic() - self._start[0], time.process_time() - self._start[1]
        team = self._state.team
        elapsed_s, cpu_s = team.total([elapsed_s if team.is_first else 0.0, cpu_s])
        self._state.elapsed_s = self._earlier[0] + elapsed_s
        self._state.cpu_s = self._earlier[1] + cpu_s
