"""Knows the processes that train one state together: whose rows are whose, and how they come to agree.

Does not know networks or what is trained. All of them hold the same weights and draw the same random numbers; each
computes on its rows of every batch; after that gradients are averaged, and the first process speaks for all.

They are started by ``torchrun``, which tells each its rank and where the first one listens.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from training.device import Device
from training.errors import MachineRefused, TrainingError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Team:
    """Some processes, seen by one of them; by default it is alone, and all of this does nothing.

    Args:
        rank: of this process, from 0.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that reads and writes files."""
        return self.rank == 0

    def check(self, batch_size: int) -> None:
        """Make sure that a batch can be shared.

        Raises:
            MachineRefused: it cannot, evenly; the text says by how many it could be.
        """
        if batch_size % self.size:
            allowed = [str(size) for size in range(1, batch_size + 1) if batch_size % size == 0]
            raise MachineRefused(
                f"a batch of {batch_size} images cannot be shared evenly by {self.size} processes; "
                f"allowed are {', '.join(allowed)}"
            )

    def rows(self, drawn: Tensor, n_batches: int = 1) -> Tensor:
        """Return this process's rows of what was drawn for whole batches that follow one another.

        Args:
            drawn: (n_batches * B, ...), the same in all processes.
            n_batches: how many they are.
        """
        return drawn.view(n_batches, self.size, -1, *drawn.shape[1:])[:, self.rank].flatten(0, 1)

    def add(self, tensor: Tensor) -> Tensor:
        """Put the sum over all processes into the tensor, and return it."""
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
        """Put the mean of all processes' gradients into each process's, all of them in one message."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in parameters if weight.grad is not None]
        message = self.add(torch.cat([gradient.flatten() for gradient in gradients])).div_(self.size)
        for gradient, mean in zip(gradients, torch.split(message, [each.numel() for each in gradients]), strict=True):
            gradient.copy_(mean.view(gradient.shape))

    def ask_first(self, question: Callable[[], Answer]) -> Answer:
        """Return what the first process answers; the others do not put the question.

        Raises:
            TrainingError: in all processes, where the first one raises it.
        """
        if self.size == 1:
            return question()
        outcome: tuple[Any, TrainingError | None] = (None, None)
        if self.is_first:
            try:
                outcome = (question(), None)
            except TrainingError as fault:
                outcome = (None, fault)
        is_news = any(part is not None for part in outcome)
        if self.greatest(int(self.is_first and is_news)):  # mostly there is none, and a number is a short message
            message = [outcome]
            distributed.broadcast_object_list(message, src=0, device=torch.device("cpu"))
            outcome = message[0]
        answer, error = outcome
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return] # it went through a message


ALONE = Team()


def is_first_process() -> bool:
    """Return whether this process speaks for its team, before there is one."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: Device) -> Iterator[Team]:
    """Yield the team that ``torchrun`` started this process for; without it, a team of one.

    Processors talk through gloo, CUDA devices through nccl; what is agreed upon besides goes through gloo too.

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
