"""A data set that is read in order, as PyTorch's iterable data sets are."""

import types
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from digitgan.api.digits import Digits, blocks

if TYPE_CHECKING:
    from torch.utils.data import IterableDataset

    Base = IterableDataset[tuple[Any, Any]]
else:
    Base = object  # `stream` adds PyTorch's class, where PyTorch is installed


class DigitStream(Base):
    """The items of a `Digits` in their order, as its method `stream` returns them.

    Where PyTorch is installed, it is an ``IterableDataset``, whose items the workers of a loader share.
    """

    def __init__(self, digits: Digits) -> None:
        self._digits = digits

    def __len__(self) -> int:
        return len(self._digits)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        worker = _worker()
        return blocks(self._digits) if worker is None else blocks(self._digits, worker.id, worker.num_workers)

    def __repr__(self) -> str:
        return f"<DigitStream of {self._digits!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return stream, (self._digits,)  # the class with PyTorch's base is made in each process


def stream(digits: Digits) -> DigitStream:
    """Return a stream of a data set."""
    return _class()(digits)


@cache
def _class() -> type[DigitStream]:
    try:
        from torch.utils.data import IterableDataset
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return DigitStream
    made: type[DigitStream] = types.new_class("DigitStream", (DigitStream, IterableDataset))
    return made


def _worker() -> Any:
    """Return what PyTorch says about the worker process that this is; None in any other process."""
    try:
        from torch.utils.data import get_worker_info
    except ModuleNotFoundError:
        return None
    return get_worker_info()
