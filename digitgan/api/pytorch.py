"""PyTorch's classes and workers, where PyTorch is installed; nothing here is imported before it is used."""

import types
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.utils.data import IterableDataset

    Base = IterableDataset[tuple[Any, Any]]
else:
    Base = object  # `iterable` adds PyTorch's class, where PyTorch is installed


@cache
def iterable(cls: Any) -> Any:
    """Return a class as an ``IterableDataset`` of PyTorch; without PyTorch, as it is.

    Its objects must say how to be made again in another process, since the class is made anew there.
    """
    try:
        from torch.utils.data import IterableDataset
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return cls
    return types.new_class(cls.__name__, (cls, IterableDataset))


def worker() -> tuple[int, int]:
    """Return which worker process of a loader this is, from 0, and how many there are: 0 and 1 in any other process."""
    try:
        from torch.utils.data import get_worker_info
    except ModuleNotFoundError:
        return 0, 1
    info: Any = get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)


def rank() -> tuple[int, int]:
    """Return which process of a distributed training this is, from 0, and how many there are: 0 and 1 without one."""
    try:
        import torch.distributed as processes
    except ModuleNotFoundError:
        return 0, 1
    if not (processes.is_available() and processes.is_initialized()):
        return 0, 1
    return processes.get_rank(), processes.get_world_size()


def shared_integer() -> Any:
    """Return an integer that worker processes see change, as an array without dimensions."""
    try:
        import torch
    except ModuleNotFoundError:
        import numpy as np

        return np.zeros((), np.int64)
    number: Any = torch.zeros((), dtype=torch.int64)
    return number.share_memory_()
