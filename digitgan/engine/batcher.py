"""Knows how rows of many requests become one model run and come back: gather, run, scatter.

Does not know who asked or what the images are for; whose rows go first is `digitgan.engine.queue`'s to say.

No timer: a run starts as soon as a thread is free for it and takes what waits by then, so a lone request never waits
for company, and under load batches grow by themselves. A small batch is run in the event loop itself, which is sooner
done than handed to another thread; large ones are run elsewhere, several at a time where there are processors for them,
so that the loop goes on answering.
"""

import asyncio
import logging
from concurrent.futures import Executor
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import RunFailed
from digitgan.engine.backend import Backend, Images, Rows
from digitgan.engine.observer import NOBODY, Observer
from digitgan.engine.plan import Plan
from digitgan.engine.queue import Line, Slice

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Request:
    """A plan in work; `done` is answered exactly once, when no row is missing or a run failed."""

    plan: Plan
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    done: "asyncio.Future[None]"
    missing: int
    joined: float = field(default_factory=perf_counter)
    queue_s: float | None = None
    model_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Batched:
    """The images of one plan, and how long they waited for the first run and spent in runs, in seconds."""

    images: Images
    queue_s: float
    model_s: float


class Batcher:
    """One model version's line and its runs.

    Args:
        backend: runs the rows.
        executor: where large runs happen, away from the event loop; the runtime releases the interpreter lock there.
        batch_images: most rows a run.
        inline_images: most rows of a run that happens in the event loop.
        most_runs: most runs at a time.
        observer: hears of each request that is done, and of each run.
    """

    def __init__(
        self,
        backend: Backend,
        executor: Executor,
        batch_images: int,
        inline_images: int,
        most_runs: int = 1,
        observer: Observer = NOBODY,
    ) -> None:
        self._backend = backend
        self._executor = executor
        self._batch_images = batch_images
        self._inline_images = inline_images
        self._most_runs = most_runs
        self._observer = observer
        self._line: Line[_Request] = Line(max(1, batch_images // 4))
        self._working: set[asyncio.Task[None]] = set()
        self._is_coming = False  # somebody who will take from the line, in this turn of the event loop or the next

    async def run(self, plan: Plan) -> Batched:
        """Return the plan's images, in its order.

        Raises:
            RunFailed: a model run that held rows of this plan failed.
        """
        card, n = self._backend.card, len(plan)
        request = _Request(
            plan,
            np.empty((n, card.image_height, card.image_width), np.uint8),
            np.empty(n, np.int64) if card.is_conditional else None,
            asyncio.get_running_loop().create_future(),
            missing=n,
        )
        self._line.join(request, n)
        self._call()
        try:
            await request.done
        finally:
            if request.missing:  # cancelled or failed: nobody waits for the rest
                self._line.leave(request)
        queue_s = request.queue_s or 0.0
        self._observer.waited(queue_s)
        return Batched(Images(request.pixels, request.labels), queue_s, request.model_s)

    def _call(self) -> None:
        """See to it that somebody takes from the line, as soon as may be."""
        if not self._is_coming and len(self._working) < self._most_runs:
            self._is_coming = True
            self._working.add(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        """Run batch after batch until the line is empty."""
        try:
            while batch := self._line.gather(self._room):
                self._is_coming = False
                await self._do(batch)
                if self._line:
                    self._is_coming = True
                    await asyncio.sleep(0)  # where every run is small, so that the loop serves others in between
        finally:
            self._is_coming = False
            self._working.remove(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _do(self, batch: list[Slice[_Request]]) -> None:
        """Run a batch, and answer the requests that miss nothing any more, or all of them with what went wrong."""
        n_images = sum(part.stop - part.start for part in batch)
        started = perf_counter()
        try:
            if n_images <= self._inline_images:
                images = self._run(batch)
            else:
                if self._line:
                    self._call()
                images = await asyncio.get_running_loop().run_in_executor(self._executor, self._run, batch)
            model_s = perf_counter() - started
            self._observer.ran(n_images, model_s)
            _scatter(batch, images, started, model_s)
        except Exception as error:
            log.exception("a model run of %d slices failed", len(batch))
            for part in batch:
                self._line.leave(part.request)
            _fail(batch, error)

    @property
    def _room(self) -> int:
        """How many rows the next run may hold: a full batch, or less where other runs can take the rest at once."""
        free = self._most_runs - len(self._working) + 1
        if free == 1:
            return self._batch_images
        return min(self._batch_images, max(self._batch_images // 2, -(-self._line.n_rows // free)))

    def _run(self, batch: list[Slice[_Request]]) -> Images:
        """Return the images of all slices, one after the other."""
        size = self._backend.card.latent_size
        parts = [part.request.plan.rows(part.start, part.stop, size) for part in batch]
        if len(parts) == 1:
            return self._backend.run(parts[0])
        return self._backend.run(
            Rows(
                np.concatenate([part.latents for part in parts]),
                np.concatenate([part.labels for part in parts]),
                np.concatenate([part.truncation for part in parts]),
            )
        )


def _scatter(batch: list[Slice[_Request]], images: Images, started: float, model_s: float) -> None:
    """Copy each slice's images to its request, and answer the requests that miss nothing any more."""
    offset = 0
    for part in batch:
        request, n = part.request, part.stop - part.start
        request.pixels[part.start : part.stop] = images.pixels[offset : offset + n]
        if request.labels is not None and images.labels is not None:
            request.labels[part.start : part.stop] = images.labels[offset : offset + n]
        offset += n
        request.missing -= n
    for request in {part.request: None for part in batch}:
        if request.queue_s is None:
            request.queue_s = started - request.joined
        request.model_s += model_s
        if not request.missing and not request.done.done():
            request.done.set_result(None)


def _fail(batch: list[Slice[_Request]], error: Exception) -> None:
    """Answer every request of a failed run with the failure."""
    for part in batch:
        if not part.request.done.done():
            failure = RunFailed("the model run failed; the service's log says why")
            failure.__cause__ = error
            part.request.done.set_exception(failure)
