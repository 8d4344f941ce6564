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
from typing import NamedTuple, cast

import numpy as np

from digitgan.contract.errors import RunFailed
from digitgan.engine.backend import Backend, Images, Rows
from digitgan.engine.observer import NO_OBSERVER, Observer
from digitgan.engine.plan import Plan
from digitgan.engine.queue import Queue, Slice

log = logging.getLogger(__name__)

_FAILED = "model run of %d images for %d requests failed"
# After so many runs in a row that waited for company in vain, only one of so many waits: a turn of the event loop is
# 5 % of a request for one image.
_LONE_RUNS = 16


@dataclass(eq=False, slots=True)
class _Request:
    """A plan in progress; `done` is set exactly once, when no row is missing or a run has failed."""

    plan: Plan
    done: "asyncio.Future[None]"
    missing: int
    images: Images | None = None  # of one run if it holds all rows, else gathered from several
    joined: float = field(default_factory=perf_counter)
    queue_s: float | None = None
    model_s: float = 0.0


class Batched(NamedTuple):
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
        self._most_inline = min(inline_images, batch_images)
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
        n = len(plan)
        if self._may_run_alone(n):
            return self._run_alone(plan, n)
        request = _Request(plan, asyncio.get_running_loop().create_future(), missing=n)
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
        return Batched(cast("Images", request.images), queue_s, request.model_s)

    @property
    def _may_start(self) -> bool:
        """Whether nothing is about to take from the queue, and fewer than the most allowed are running."""
        return not self._is_starting and len(self._working) < self._max_runs

    def _may_run_alone(self, n: int) -> bool:
        """Return whether n rows may run at once: they are few, nothing else is here, and nothing else has come lately.

        Requests that come in one turn find each other at the latest after `_LONE_RUNS` runs, and from then on always.
        """
        is_quiet = self._n_lone >= _LONE_RUNS and self._n_lone % _LONE_RUNS != 0
        return is_quiet and n <= self._most_inline and self._may_start and not self._queue

    def _run_alone(self, plan: Plan, n: int) -> Batched:
        """Run n rows in the event loop, and return what `run` does; the queue and its futures would cost as much again.

        Raises:
            RunFailed: the model run failed.
        """
        started = perf_counter()
        try:
            images = self._backend.run(plan.rows(0, n, self._backend.card.latent_size))
        except Exception as error:
            log.exception(_FAILED, n, 1)
            raise _failure(error) from error
        model_s = perf_counter() - started
        self._n_lone += 1
        self._observer.ran(n, model_s)
        self._observer.waited(0.0)
        return Batched(images, 0.0, model_s)

    async def _lead(self) -> None:
        """Run what arrives in this turn of the event loop, in the task of its first request; a new task does more.

        A small run happens without a pause, so this request's cancellation can only come before it.
        """
        self._is_starting = True
        try:
            await asyncio.sleep(0)
            if self._queue.n_rows <= self._most_inline:
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
            if n_images <= self._most_inline:
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
            log.exception(_FAILED, n_images, len(requests))
            for request in requests:
                self._queue.remove(request)
                if not request.done.done():
                    request.done.set_exception(_failure(error))

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
    """Give each request its images, and answer the requests that are then complete."""
    if len(batch) == 1 and batch[0].stop - batch[0].start == len(batch[0].request.plan):
        batch[0].request.images, batch[0].request.missing = images, 0
    else:
        _copy(batch, images)
    for request in {part.request: None for part in batch}:
        if request.queue_s is None:
            request.queue_s = started - request.joined
        request.model_s += model_s
        if not request.missing and not request.done.done():
            request.done.set_result(None)


def _copy(batch: list[Slice[_Request]], images: Images) -> None:
    """Copy each slice's images to its request, since a view would keep those of all others in memory."""
    offset = 0
    for request, start, stop in batch:
        if request.images is None:
            request.images = _empty(len(request.plan), images)
        end = offset + stop - start
        request.images.pixels[start:stop] = images.pixels[offset:end]
        if request.images.labels is not None and images.labels is not None:
            request.images.labels[start:stop] = images.labels[offset:end]
        offset = end
        request.missing -= stop - start


def _empty(n: int, like: Images) -> Images:
    """Return room for n images that are like others."""
    labels = None if like.labels is None else np.empty(n, like.labels.dtype)
    return Images(np.empty((n, *like.pixels.shape[1:]), like.pixels.dtype), labels)


def _failure(error: Exception) -> RunFailed:
    """Return the error of one request of a failed run."""
    failure = RunFailed("the model run failed; the log says why")
    failure.__cause__ = error
    return failure
