"""Endless batches of real images, as streams whose whole state can be saved and restored."""

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataRefused

Sampling = Literal["with replacement", "by epoch"]


class BatchStream:
    """Endless batches from images in memory.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        labels: uint8 (N,).
        batch_size: images per batch, at most N.
        sampling: ``with replacement`` draws each image independently; ``by epoch`` gives each image once in shuffled
            order, then shuffles again. Images that do not fill a batch at the end of an epoch are left out.
        seed: of the stream's own random generator.
        n_stacked: grey images that are the channels of one in a batch; a batch then takes that many times its size.

    Raises:
        DataRefused: there are fewer images than a batch, with sampling by epoch.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        *,
        batch_size: int,
        sampling: Sampling,
        seed: int,
        n_stacked: int = 1,
    ) -> None:
        batch_size *= n_stacked
        if sampling == "by epoch" and len(images) < batch_size:
            raise DataRefused(f"{len(images):,} training images; this recipe needs at least a batch of {batch_size:,}")
        self._images = torch.from_numpy(images.copy())
        if images.ndim == 4:
            self._images = self._images.movedim(-1, 1).contiguous()  # (N, H, W, C) -> (N, C, H, W)
        self._labels = torch.from_numpy(labels.astype(np.int64))
        self._batch_size = batch_size
        self._sampling = sampling
        self._n_stacked = n_stacked
        self._random = torch.Generator().manual_seed(seed)
        self._order = torch.empty(0, dtype=torch.int64)
        self._position = 0

    def next(self) -> tuple[Tensor, Tensor]:
        """Return a batch: images float32 (B, H, W) or (B, C, H, W) in -1..1, labels int64 (B,).

        The label of a stack is the number that the labels of its images spell.
        """
        chosen = self._choose()
        images = self._images[chosen].to(torch.float32).div_(127.5).sub_(1)
        labels = self._labels[chosen]
        if self._n_stacked == 1:
            return images, labels
        places = 10 ** torch.arange(self._n_stacked - 1, -1, -1)
        stacks = images.reshape(-1, self._n_stacked, *images.shape[1:])  # (B C, H, W) -> (B, C, H, W)
        return stacks, (labels.reshape(-1, self._n_stacked) * places).sum(1)

    def _choose(self) -> Tensor:
        """Return the indices of the next batch: int64 (B,)."""
        n, size = len(self._images), self._batch_size
        if self._sampling == "with replacement":
            return torch.randint(n, (size,), generator=self._random)
        if self._position + size > len(self._order):
            self._order, self._position = torch.randperm(n, generator=self._random), 0
        chosen = self._order[self._position : self._position + size]
        self._position += size
        return chosen

    def reseed(self, seed: int) -> None:
        """Start a new order."""
        self._random.manual_seed(seed)
        self._order, self._position = torch.empty(0, dtype=torch.int64), 0

    def state_dict(self) -> dict[str, Any]:
        """Return everything that decides the next batches."""
        return {"random": self._random.get_state(), "order": self._order, "position": self._position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        self._random.set_state(state["random"])
        self._order = state["order"]
        self._position = state["position"]
