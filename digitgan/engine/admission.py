"""Admission: whether there is room for more images, and when there may be room again.

Every bound counts images, not requests. Requests for few images have some room of their own, so that those for
thousands never shut them out.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from time import monotonic

from digitgan.contract.errors import Overloaded

_MAX_RETRY_AFTER_S = 60  # the estimate is too rough to send clients away for longer
_SMALL_SHARE = 64  # a request for at most that part of the queue is small
_RESERVED_SHARE = 8  # that part of the queue, on top of it, is for small requests


class Admission:
    """A bound on the images that wait or are being generated.

    A new request is admitted at once or refused. The later chunks of a stream, which is already answering, wait for
    their turn instead. The room that they wait for counts as taken, so new small requests cannot keep them waiting.

    Args:
        queue_images: maximum number of images admitted at a time, besides an eighth more for requests of at most a
            64th. A larger request is admitted only if nothing else is.
    """

    def __init__(self, queue_images: int) -> None:
        self._queue_images = queue_images
        self._small_images = queue_images // _SMALL_SHARE
        self._reserved_images = queue_images // _RESERVED_SHARE
        self._admitted = 0
        self._n_small = 0  # of the admitted images, those of small requests
        self._turns: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._images_per_s = 0.0  # moving average over finished requests
        self._last_finished = monotonic()

    @property
    def admitted(self) -> int:
        """Images admitted and not yet answered."""
        return self._admitted

    def admit(self, n_images: int) -> AbstractContextManager[None]:
        """Take room for n_images, and return a context that gives it back at its end.

        Raises:
            Overloaded: there is no room now; the error says after how many seconds there may be.
        """
        waiting = self._admitted + sum(n for n, _ in self._turns)
        if not (self._has_reserved_room(n_images) or self._has_room(n_images, waiting)):
            raise Overloaded(
                f"{waiting:,} images are waiting; {n_images:,} more would exceed the limit of {self._queue_images:,}",
                self.drained_after_s(),
            )
        self._take(n_images)
        return _Room(self, n_images)

    @asynccontextmanager
    async def admit_in_turn(self, n_images: int) -> AsyncIterator[None]:
        """Wait for room for n_images, first come, first served, and hold it while the block runs."""
        turn = asyncio.get_running_loop().create_future()
        self._turns.append((n_images, turn))
        self._admit_next()
        try:
            await turn
        except asyncio.CancelledError:
            if (n_images, turn) in self._turns:
                self._turns.remove((n_images, turn))
                self._admit_next()
            elif not turn.cancelled():  # admitted, then cancelled before it could go on
                self.release(n_images)
            raise
        with _Room(self, n_images):
            yield

    @asynccontextmanager
    async def room(self, n_images: int, *, waits: bool) -> AsyncIterator[None]:
        """Hold room for n_images while the block runs, after waiting for it or not.

        Raises:
            Overloaded: as raised by `admit`, if the images do not wait.
        """
        if waits:
            async with self.admit_in_turn(n_images):
                yield
        else:
            with self.admit(n_images):
                yield

    def drained_after_s(self) -> int:
        """Estimate the whole seconds until all images admitted now are answered."""
        if not self._images_per_s:
            return 1
        return min(_MAX_RETRY_AFTER_S, max(1, math.ceil(self._admitted / self._images_per_s)))

    def _has_reserved_room(self, n_images: int) -> bool:
        return n_images <= self._small_images and self._n_small + n_images <= self._reserved_images

    def _has_room(self, n_images: int, waiting: int) -> bool:
        """Return whether images have room among those that wait, of which small requests have a part to themselves."""
        return not waiting or waiting - min(self._n_small, self._reserved_images) + n_images <= self._queue_images

    def _take(self, n_images: int) -> None:
        if not self._admitted:
            self._last_finished = monotonic()  # idle time says nothing about speed
        self._admitted += n_images
        self._n_small += n_images * (n_images <= self._small_images)

    def release(self, n_images: int, *, is_done: bool = False) -> None:
        """Give back the room of n_images, whose speed counts if they are done."""
        if is_done:
            self._measure(n_images)
        self._admitted -= n_images
        self._n_small -= n_images * (n_images <= self._small_images)
        self._admit_next()

    def _admit_next(self) -> None:
        """Admit the requests at the head of the queue while there is room."""
        while self._turns and self._has_room(self._turns[0][0], self._admitted):
            n_images, turn = self._turns.popleft()
            if not turn.cancelled():
                self._take(n_images)
                turn.set_result(None)

    def _measure(self, n_images: int) -> None:
        now = monotonic()
        rate = n_images / max(now - self._last_finished, 1e-4)
        self._images_per_s = rate if not self._images_per_s else 0.9 * self._images_per_s + 0.1 * rate
        self._last_finished = now


class _Room:
    """Room for some images, taken; a context that gives it back. For a lone image a generator would cost more."""

    __slots__ = ("_admission", "_n_images")

    def __init__(self, admission: Admission, n_images: int) -> None:
        self._admission = admission
        self._n_images = n_images

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error or a cancellation, the images have not been made, and would look like speed.
        self._admission.release(self._n_images, is_done=kind is None)
