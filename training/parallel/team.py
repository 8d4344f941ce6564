"""The processes that train one state together: which rows each one takes, and how they agree.

All processes hold the same weights and draw the same random numbers, and each computes on its rows of every batch. Then
gradients are averaged. The first process reads and writes files for all. ``torchrun`` starts the processes and tells
each its rank and the address of the first.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from ..device import Device
from ..errors import MachineRefused, TrainingError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Team:
    """A group of processes, seen by one of them; by default a process is alone, and nothing is exchanged.

    Args:
        rank: of this process, from 0.
        size: the number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process reads and writes files for the team."""
        return self.rank == 0

    def check(self, batch_size: int) -> None:
        """Raise MachineRefused unless the processes can share a batch evenly; the message lists the allowed numbers."""
        if batch_size % self.size:
            allowed = [str(size) for size in range(1, batch_size + 1) if batch_size % size == 0]
            raise MachineRefused(
                f"{self.size} processes cannot evenly share a batch of {batch_size} images; "
                f"allowed are {', '.join(allowed)} processes"
            )

    def rows(self, drawn: Tensor, n_batches: int = 1) -> Tensor:
        """Return this process's rows of values that were drawn for whole batches, one after another.

        Args:
            drawn: (n_batches * B, ...), the same in all processes.
            n_batches: the number of batches.
        """
        return drawn.view(n_batches, self.size, -1, *drawn.shape[1:])[:, self.rank].flatten(0, 1)

    def add(self, tensor: Tensor) -> Tensor:
        """Replace a tensor with its sum over all processes, and return it."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def total(self, numbers: Sequence[float]) -> list[float]:
        """Return each number's sum over all processes."""
        return self.add(torch.tensor(numbers, dtype=torch.float64)).tolist() if self.size > 1 else list(numbers)

    def mean(self, figures: dict[str, float]) -> dict[str, float]:
        """Return each figure's mean over all processes."""
        return {name: total / self.size for name, total in zip(figures, self.total([*figures.values()]), strict=True)}

    def greatest(self, number: int) -> int:
        """Return the greatest of all processes' numbers."""
        if self.size == 1:
            return number
        numbers = torch.tensor(number)
        distributed.all_reduce(numbers, distributed.ReduceOp.MAX)
        return int(numbers)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace the gradients in each process with their mean over all processes, in one message."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in parameters if weight.grad is not None]
        message = self.add(torch.cat([gradient.flatten() for gradient in gradients])).div_(self.size)
        for gradient, mean in zip(gradients, torch.split(message, [each.numel() for each in gradients]), strict=True):
            gradient.copy_(mean.view(gradient.shape))

    def ask_first(self, question: Callable[[], Answer]) -> Answer:
        """Return the first process's answer; the other processes do not compute it.

        Raises:
            TrainingError, OSError: in all processes, if the first one raises it.
        """
        if self.size == 1:
            return question()
        outcome: tuple[Any, TrainingError | OSError | None] = (None, None)
        if self.is_first:
            try:
                outcome = (question(), None)
            except (TrainingError, OSError) as refusal:
                outcome = (None, refusal)
        is_news = any(part is not None for part in outcome)
        if self.greatest(int(self.is_first and is_news)):  # usually there is none, and a number is a short message
            message = [outcome]
            distributed.broadcast_object_list(message, src=0, device=torch.device("cpu"))
            outcome = message[0]
        answer, error = outcome
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return] # the message has no type


ALONE = Team()


@contextmanager
def joined(device: Device) -> Iterator[Team]:
    """Yield the team for which ``torchrun`` started this process; without it, a team of one.

    Tensors go through gloo between processors and through nccl between CUDA devices; other messages go through gloo.

    Args:
        device: of this process.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    distributed.init_process_group("gloo" if device.where.type == "cpu" else "cpu:gloo,cuda:nccl")
    try:
        yield Team(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
