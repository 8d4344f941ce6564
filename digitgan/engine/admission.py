"""Knows whether there is room for more images, and when there may be room again.

Does not know what the images are; every bound is counted in images, not in requests.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import monotonic

from digitgan.contract.errors import Overloaded

_LONGEST_WAIT_S = 60  # a client that is told to come back later than this would rather go elsewhere


class Admission:
    """A bound on the images that wait or are being made.

    What begins is let in at once or refused; what has begun, and was promised an end, waits for its turn. While
    somebody waits, beginners see his room as taken, so that a stream of small requests cannot keep him waiting.

    Args:
        queue_images: most images admitted at a time. A larger request is admitted only when nothing else is.
    """

    def __init__(self, queue_images: int) -> None:
        self._queue_images = queue_images
        self._admitted = 0
        self._turns: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._images_per_s = 0.0  # of requests finished so far, later ones weighing more
        self._last_finished = monotonic()

    @property
    def admitted(self) -> int:
        """Images admitted and not yet answered."""
        return self._admitted

    @contextmanager
    def admit(self, n_images: int) -> Iterator[None]:
        """Hold room for n_images while the block runs.

        Raises:
            Overloaded: there is no room now; carries the seconds after which there may be.
        """
        waiting = self._admitted + sum(n for n, _ in self._turns)
        if waiting and waiting + n_images > self._queue_images:
            raise Overloaded(
                f"{waiting} images are waiting and {n_images} more would exceed {self._queue_images}",
                self.drained_after_s(),
            )
        self._take(n_images)
        try:
            yield
            self._measure(n_images)  # not of what was given up: it would pass for speed
        finally:
            self._give_back(n_images)

    @asynccontextmanager
    async def admit_in_turn(self, n_images: int) -> AsyncIterator[None]:
        """Hold room for n_images while the block runs; wait until there is room, first come first served."""
        turn = asyncio.get_running_loop().create_future()
        self._turns.append((n_images, turn))
        self._call_next()
        try:
            await turn
        except asyncio.CancelledError:
            if (n_images, turn) in self._turns:
                self._turns.remove((n_images, turn))
                self._call_next()
            elif not turn.cancelled():  # called, then cancelled before it could go on
                self._give_back(n_images)
            raise
        try:
            yield
            self._measure(n_images)  # not of what was given up: it would pass for speed
        finally:
            self._give_back(n_images)

    def drained_after_s(self) -> int:
        """Return the whole seconds after which what is admitted now will be answered, as far as can be told."""
        if not self._images_per_s:
            return 1
        return min(_LONGEST_WAIT_S, max(1, math.ceil(self._admitted / self._images_per_s)))

    def _take(self, n_images: int) -> None:
        if not self._admitted:
            self._last_finished = monotonic()  # idle time says nothing about speed
        self._admitted += n_images

    def _give_back(self, n_images: int) -> None:
        self._admitted -= n_images
        self._call_next()

    def _call_next(self) -> None:
        """Let those in whose turn it is, as long as there is room."""
        while self._turns and (not self._admitted or self._admitted + self._turns[0][0] <= self._queue_images):
            n_images, turn = self._turns.popleft()
            if not turn.cancelled():
                self._take(n_images)
                turn.set_result(None)

    def _measure(self, n_images: int) -> None:
        now = monotonic()
        rate = n_images / max(now - self._last_finished, 1e-4)
        self._images_per_s = rate if not self._images_per_s else 0.9 * self._images_per_s + 0.1 * rate
        self._last_finished = now
