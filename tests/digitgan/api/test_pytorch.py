"""What the Python API takes from PyTorch: its base class, and how many processes share a data set."""

from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset

from digitgan.api import pytorch


class Plain:
    """A class that knows nothing of PyTorch."""


def test_iterable_is_made_once_and_is_a_class_of_pytorch() -> None:
    made = pytorch.iterable(Plain)
    assert made is pytorch.iterable(Plain)
    assert issubclass(made, Plain)
    assert issubclass(made, IterableDataset)


def test_process_outside_of_a_loader_and_a_training_is_alone() -> None:
    assert pytorch.worker() == pytorch.rank() == (0, 1)


class Workers(IterableDataset[Any]):
    """A data set of one item, which says which worker reads it."""

    def __iter__(self) -> Any:
        yield torch.tensor(pytorch.worker())


def test_workers_of_a_loader_know_their_numbers() -> None:
    assert sorted(
        each.tolist() for each in DataLoader(Workers(), None, num_workers=2, multiprocessing_context="fork")
    ) == [[0, 2], [1, 2]]


class Counted(IterableDataset[Any]):
    """A data set of one item: an integer that may change."""

    def __init__(self) -> None:
        self.number = pytorch.shared_integer()

    def __iter__(self) -> Any:
        yield int(self.number)


def test_integer_is_shared_with_workers_that_run_already() -> None:
    counted = Counted()
    loader = DataLoader(counted, None, num_workers=1, persistent_workers=True, multiprocessing_context="fork")
    assert [*loader] == [0]
    counted.number[()] = 5
    assert [*loader] == [5]
