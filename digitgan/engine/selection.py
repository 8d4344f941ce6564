"""Choosing each image of a plan among several candidates: what the engine must know of whoever chooses."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Executor
from dataclasses import astuple, dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.engine.backend import Images
from digitgan.engine.plan import Plan
from digitgan.engine.source import Source

if TYPE_CHECKING:
    from digitgan.engine.batcher import Batched


@dataclass(frozen=True, slots=True)
class Tally:
    """How images were chosen.

    Attributes:
        images: that were chosen among candidates.
        later: of these images, those that are not the first candidate.
        refused: candidates that could not be taken, whatever the others were.
        candidates: that were made.
    """

    images: int = 0
    later: int = 0
    refused: int = 0
    candidates: int = 0

    @property
    def outcomes(self) -> dict[str, int]:
        """The candidates by what became of them."""
        return {
            "first": self.images - self.later,
            "later": self.later,
            "refused": self.refused,
            "easier": self.candidates - self.images - self.refused,
        }

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


class Chosen(NamedTuple):
    """Images with what they were made from, and how they were chosen; None if they were taken as they came."""

    source: Source
    images: Images
    tally: Tally | None


class Produced(NamedTuple):
    """What `Chosen` has, and the seconds until the first run and those spent in runs."""

    source: Source
    images: Images
    tally: Tally | None
    queue_s: float
    model_s: float


Choosing = Generator[Plan, tuple[Images, NDArray[np.float64]], Chosen]


class Selection(Protocol):
    """Chooses the images of a plan; each choice depends on that image's candidates alone."""

    @property
    def n_candidates(self) -> int:
        """Candidates that are made for each image in any case."""

    def n_at_once(self, n_images: int) -> int:
        """Return how many candidates of n images are made at a time, at most."""

    def check(self, plan: Plan, card: Card) -> None:
        """Raise InvalidPlan unless the plan's images can be chosen; the error names the field and what it allows."""

    def choose(self, plan: Plan) -> Choosing:
        """Yield plans of candidates, each for its images and their scores, and return the images that were chosen.

        Raises:
            RunFailed: no candidate of an image can be taken.
        """

    def score(self, images: Images) -> NDArray[np.float64]:
        """Return the scores of some candidates: (N,); callable from any thread, which it takes for some milliseconds.

        Raises:
            CannotServe: what gives scores is not usable.
            RunFailed: it failed.
        """

    def describe(self) -> str:
        """Return text that differs whenever other images might be chosen."""


def choose_here(plan: Plan, run: Callable[[Plan], Images]) -> Chosen:
    """Return the images of a plan, in this thread.

    Args:
        plan: the images.
        run: returns the images of a plan without a selection.

    Raises:
        CannotServe, RunFailed: as raised by `Selection.choose` and `Selection.score`.
    """
    if plan.selection is None:
        return Chosen(plan.source, run(plan), None)
    choosing = plan.selection.choose(plan)
    candidates = next(choosing)
    while True:
        images = run(candidates)
        try:
            candidates = choosing.send((images, plan.selection.score(images)))
        except StopIteration as ended:
            chosen: Chosen = ended.value
            return chosen


async def choose_aside(
    plan: Plan, run: Callable[[Plan], Awaitable["Batched"]], executor: Executor, run_images: int
) -> Produced:
    """Return the images of a plan, scored in other threads.

    Args:
        plan: the images, with a selection.
        run: returns the images of a plan without a selection.
        executor: its threads are free for others after each score of a few images.
        run_images: how many images are scored in one turn of a thread.

    Raises:
        CannotServe, RunFailed: as raised by `Selection.choose` and `Selection.score`.
    """
    assert plan.selection is not None  # noqa: S101 - for the type checker
    loop, score, choosing = asyncio.get_running_loop(), plan.selection.score, plan.selection.choose(plan)
    candidates = next(choosing)
    queue_s: float | None = None
    model_s = 0.0
    while True:
        made = await run(candidates)
        started = perf_counter()
        parts = [made.images.part(start, start + run_images) for start in range(0, len(candidates), run_images)]
        scores = await asyncio.gather(*(loop.run_in_executor(executor, score, part) for part in parts))
        queue_s = made.queue_s if queue_s is None else queue_s
        model_s += made.model_s + perf_counter() - started
        try:
            candidates = choosing.send((made.images, np.concatenate(scores)))
        except StopIteration as ended:
            chosen: Chosen = ended.value
            return Produced(chosen.source, chosen.images, chosen.tally, queue_s, model_s)
