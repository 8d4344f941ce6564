"""Knows the policy of batching: who waits, and whose rows go into the next run.

Does not know models, time or tasks; it is plain bookkeeping, tested by simulation.

A run takes what waits, up to its room. Requests take turns: each puts in at most a slice, then goes to the back
if it has more, so a request for one image never waits for the whole of a request for thousands, and a lone
large request still fills every run by taking turn after turn.
"""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Rows start to stop of one request."""

    request: T
    start: int
    stop: int


class Line(Generic[T]):
    """The requests that wait, in turn order.

    Args:
        slice_rows: rows that a request may put into a run before the next request's turn.
    """

    def __init__(self, slice_rows: int) -> None:
        self._slice_rows = slice_rows
        self._waiting: deque[Slice[T]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def n_rows(self) -> int:
        """Rows that wait."""
        return sum(rest.stop - rest.start for rest in self._waiting)

    def join(self, request: T, n_rows: int) -> None:
        """Put a request of n_rows, at least 1, at the end of the line."""
        self._waiting.append(Slice(request, 0, n_rows))

    def leave(self, request: T) -> None:
        """Take a request's remaining rows out of the line, if it has any there."""
        self._waiting = deque(rest for rest in self._waiting if rest.request is not request)

    def gather(self, room: int) -> list[Slice[T]]:
        """Take up to `room` rows out of the line: a request's slices come in the order of its rows."""
        batch: list[Slice[T]] = []
        while room and self._waiting:
            rest = self._waiting.popleft()
            stop = min(rest.stop, rest.start + min(self._slice_rows, room))
            batch.append(Slice(rest.request, rest.start, stop))
            room -= stop - rest.start
            if stop < rest.stop:
                self._waiting.append(Slice(rest.request, stop, rest.stop))
        return batch
