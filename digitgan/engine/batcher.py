"""Batching: rows of many requests are gathered into one model run, whose images are scattered to the requests.

There is no timer. A run starts as soon as a thread is free and takes the rows that are waiting at that moment, so
batches grow by themselves under load. The first request of a batch lets the event loop turn once, in which requests
that have arrived with it join; while requests come one by one, most do not even wait for that. A small batch runs in
the event loop itself, which is faster than handing it to another thread. Large batches run in threads, several at a
time if there are enough processors, so that the loop keeps answering. `digitgan.engine.queue` decides whose rows go
first.
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
from digitgan.engine.observer import NO_OBSERVER, Observer
from digitgan.engine.plan import Plan
from digitgan.engine.queue import Queue, Slice

log = logging.getLogger(__name__)

# After so many runs in a row that waited for company in vain, only one of so many waits: a turn of the event loop is
# 5 % of a request for one image.
_LONE_RUNS = 16


@dataclass(eq=False, slots=True)
class _Request:
    """A plan in progress; `done` is set exactly once, when no row is missing or a run has failed."""

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
    """The images of one plan, and the seconds that they waited for the first run and spent in runs."""

    images: Images
    queue_s: float
    model_s: float


class Batcher:
    """One model version's queue and its runs.

    Args:
        backend: runs the rows.
        executor: where large runs happen, outside the event loop; onnxruntime releases the interpreter lock.
        batch_images: maximum number of rows in a run.
        inline_images: maximum number of rows in a run that happens in the event loop.
        max_runs: maximum number of runs at a time.
        observer: is notified of each finished request and of each run.
    """

    def __init__(
        self,
        backend: Backend,
        executor: Executor,
        batch_images: int,
        inline_images: int,
        max_runs: int = 1,
        observer: Observer = NO_OBSERVER,
    ) -> None:
        self._backend = backend
        self._executor = executor
        self._batch_images = batch_images
        self._inline_images = inline_images
        self._max_runs = max_runs
        self._observer = observer
        self._queue: Queue[_Request] = Queue(max(1, batch_images // 4))
        self._working: set[asyncio.Task[None]] = set()
        self._is_starting = False  # whether a started task is about to take from the queue
        self._n_lone = 0  # runs for one request each since the last run for several

    async def run(self, plan: Plan) -> Batched:
        """Return the plan's images, in the plan's order.

        Raises:
            RunFailed: a model run with rows of this plan failed.
        """
        card, n = self._backend.card, len(plan)
        request = _Request(
            plan,
            np.empty((n, *card.image_shape), np.uint8),
            np.empty(n, np.int64) if card.is_conditional else None,
            asyncio.get_running_loop().create_future(),
            missing=n,
        )
        self._queue.put(request, n)
        try:
            if self._may_start:
                await self._lead()
            await request.done
        finally:
            if request.missing:  # cancelled or failed, so the rest is not needed
                self._queue.remove(request)
        queue_s = request.queue_s or 0.0
        self._observer.waited(queue_s)
        return Batched(Images(request.pixels, request.labels), queue_s, request.model_s)

    @property
    def _may_start(self) -> bool:
        """Whether nothing is about to take from the queue, and fewer than the most allowed are running."""
        return not self._is_starting and len(self._working) < self._max_runs

    async def _lead(self) -> None:
        """Run what arrives in this turn of the event loop, in the task of its first request; a new task does more.

        Requests that come in one turn find each other at the latest after `_LONE_RUNS` runs, and from then on always.

        A small run happens without a pause, so this request's cancellation can only come before it.
        """
        self._is_starting = True
        try:
            if self._n_lone < _LONE_RUNS or self._n_lone % _LONE_RUNS == 0:
                await asyncio.sleep(0)
            if self._queue.n_rows <= min(self._inline_images, self._batch_images):
                await self._process(self._queue.take(self._batch_images))
        finally:
            self._is_starting = False
            if self._queue:
                self._start()

    def _start(self) -> None:
        """Start a task that takes from the queue, if another may."""
        if self._may_start:
            self._is_starting = True
            self._working.add(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        """Run batch after batch until the queue is empty."""
        try:
            while batch := self._queue.take(self._room):
                self._is_starting = False
                await self._process(batch)
                if self._queue:
                    self._is_starting = True
                    await asyncio.sleep(0)  # lets the event loop serve others between small runs
        finally:
            self._is_starting = False
            self._working.remove(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _process(self, batch: list[Slice[_Request]]) -> None:
        """Run a batch and answer the requests that are then complete; if the run fails, fail all of its requests."""
        n_images = sum(part.stop - part.start for part in batch)
        self._n_lone = self._n_lone + 1 if len(batch) == 1 else 0
        started = perf_counter()
        try:
            if n_images <= self._inline_images:
                images = self._run(batch)
            else:
                if self._queue:
                    self._start()
                images = await asyncio.get_running_loop().run_in_executor(self._executor, self._run, batch)
            model_s = perf_counter() - started
            self._observer.ran(n_images, model_s)
            _scatter(batch, images, started, model_s)
        except Exception as error:
            requests = {part.request for part in batch}
            log.exception("model run of %d images for %d requests failed", n_images, len(requests))
            for request in requests:
                self._queue.remove(request)
            _fail(batch, error)

    @property
    def _room(self) -> int:
        """Maximum number of rows in the next run: a full batch, or fewer if concurrent runs can take the rest."""
        free = self._max_runs - len(self._working) + 1
        if free == 1:
            return self._batch_images
        return min(self._batch_images, max(self._batch_images // 2, -(-self._queue.n_rows // free)))

    def _run(self, batch: list[Slice[_Request]]) -> Images:
        """Return the images of all slices, in order."""
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
    """Copy each slice's images to its request, and answer the requests that are then complete."""
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
    """Answer every request of a failed run with the error."""
    for part in batch:
        if not part.request.done.done():
            failure = RunFailed("the model run failed; the log says why")
            failure.__cause__ = error
            part.request.done.set_exception(failure)
