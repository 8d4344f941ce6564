"""A data set that is read in order, as PyTorch's iterable data sets are."""

from collections.abc import Iterator
from typing import Any

from digitgan.api.digits import Digits, blocks
from digitgan.api.pytorch import Base, iterable, worker


class DigitStream(Base):
    """The items of a `Digits` in their order, as its method `stream` returns them.

    Where PyTorch is installed, it is an ``IterableDataset``, whose items the workers of a loader share.
    """

    def __init__(self, digits: Digits) -> None:
        self._digits = digits

    def __len__(self) -> int:
        return len(self._digits)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return blocks(self._digits, *worker())

    def __repr__(self) -> str:
        return f"<DigitStream of {self._digits!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return stream, (self._digits,)  # the class with PyTorch's base is made in each process


def stream(digits: Digits) -> DigitStream:
    """Return a stream of a data set."""
    made: DigitStream = iterable(DigitStream)(digits)
    return made
