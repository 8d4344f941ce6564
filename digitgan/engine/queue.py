"""The queue of waiting requests, which decides whose rows go into the next run.

Requests take turns: each adds at most one slice to the run and then, if it has more rows, goes to the end of the queue.
So a request for one image never waits for all of a request for thousands, and a large request that is alone still fills
every run by taking turn after turn.
"""

from collections import deque
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Slice(NamedTuple, Generic[T]):
    """Rows start to stop of one request."""

    request: T
    start: int
    stop: int


class Queue(Generic[T]):
    """The requests that wait, in turn order.

    Args:
        slice_rows: maximum number of rows that a request adds to a run before the next request's turn.
    """

    def __init__(self, slice_rows: int) -> None:
        self._slice_rows = slice_rows
        self._waiting: deque[Slice[T]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def n_rows(self) -> int:
        """Number of rows that wait."""
        return sum(rest.stop - rest.start for rest in self._waiting)

    def put(self, request: T, n_rows: int) -> None:
        """Add a request of n_rows, at least 1, at the end of the queue."""
        self._waiting.append(Slice(request, 0, n_rows))

    def remove(self, request: T) -> None:
        """Remove a request's remaining rows, if there are any."""
        self._waiting = deque(rest for rest in self._waiting if rest.request is not request)

    def take(self, room: int) -> list[Slice[T]]:
        """Return up to `room` rows and remove them; a request's slices come in the order of its rows.

        A request that waits alone takes all of its turns at once, as one slice.
        """
        batch: list[Slice[T]] = []
        while room and self._waiting:
            rest = self._waiting.popleft()
            turn = min(self._slice_rows, room) if self._waiting else room
            stop = min(rest.stop, rest.start + turn)
            batch.append(Slice(rest.request, rest.start, stop))
            room -= stop - rest.start
            if stop < rest.stop:
                self._waiting.append(Slice(rest.request, stop, rest.stop))
        return batch
