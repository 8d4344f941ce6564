"""Where images are encoded: in the event loop, or in threads whose memory is bounded.

Encoding takes up to 48 bytes of memory for each pixel, and up to a second. So encodings take turns in two lanes: one
whose encodings are short, and one for all others. A request for some digits never waits for a picture of millions of
pixels, however many of those there are.
"""

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TypeVar

from digitgan.engine.budget import Budget

T = TypeVar("T")

_INLINE_BYTES = 256 * 1024  # at most a millisecond or two, in which the event loop serves no one else
_SHORT_BYTES = 8 * 1024 * 1024  # some 30 ms: a thousand digits as JSON
_BYTES_PER_S = 256 * 1024 * 1024  # about what a thread encodes, in whichever format


class EncodingLanes:
    """Executes encodings, each within the memory that it announces.

    Args:
        max_bytes: maximum memory of all long encodings at a time, and so of any one.
        threads: maximum number of threads that encode in each lane.

    Attributes:
        budget: the memory of long encodings.
    """

    def __init__(self, max_bytes: int, threads: int) -> None:
        self.budget = Budget(max_bytes)
        self._short = _Lane(Budget(threads * _SHORT_BYTES), threads)
        self._long = _Lane(self.budget, threads)

    @property
    def n_waiting(self) -> int:
        """Encodings that wait for their turn."""
        return len(self._short.turns) + len(self._long.turns)

    async def run(self, n_bytes: int, function: Callable[[], T], *, is_slow: bool = False) -> T:
        """Call an encoding function, in a thread unless it is quick, and return its result.

        A cancellation takes effect once the thread has ended, since its memory is in use until then; a second one takes
        effect at once, and the memory stays taken.

        Args:
            n_bytes: maximum memory that it takes.
            function: encodes images.
            is_slow: call it in a thread however little memory it takes.
        """
        if n_bytes <= _INLINE_BYTES and not is_slow:
            return function()
        lane = self._short if n_bytes <= _SHORT_BYTES else self._long
        return await lane.run(n_bytes, function)

    def close(self) -> None:
        """Wait for the encodings in progress, and stop the threads; safe to call twice."""
        self._short.close()
        self._long.close()


class _Lane:
    """Threads that encode, first come, first served, except that shorter encodings may overtake longer ones."""

    def __init__(self, budget: Budget, threads: int) -> None:
        self.turns: list[tuple[float, int, int, asyncio.Future[None]]] = []
        self._budget = budget
        self._n_idle = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="encode")
        self._numbers = count()

    async def run(self, n_bytes: int, function: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        expected_end = loop.time() + n_bytes / _BYTES_PER_S  # of a start right now, so that none waits forever
        heapq.heappush(self.turns, (expected_end, next(self._numbers), n_bytes, turn))
        self._start_next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came, and then it was cancelled
                self._end(n_bytes)
            raise
        running = loop.run_in_executor(self._executor, function)
        running.add_done_callback(lambda _: self._end(n_bytes))  # also if a second cancellation ends the wait below
        try:
            return await asyncio.shield(running)
        finally:
            if not running.done():
                await asyncio.wait([running])

    def close(self) -> None:
        self._executor.shutdown()

    def _start_next(self) -> None:
        while self.turns and self._n_idle:
            _, _, n_bytes, turn = self.turns[0]
            if not turn.cancelled():
                if not self._budget.has_room(n_bytes):
                    return
                self._budget.take(n_bytes)
                self._n_idle -= 1
                turn.set_result(None)
            heapq.heappop(self.turns)

    def _end(self, n_bytes: int) -> None:
        self._n_idle += 1
        self._budget.give_back(n_bytes)
        self._start_next()
