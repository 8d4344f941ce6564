"""Trains the networks whose features the generator's last stage compares, on the run's own training images."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from ..data import Dataset
from ..device import Device
from ..images.distortion import moved
from ..images.stream import BatchStream
from ..networks.base import with_channels
from ..networks.features import KINDS, FeatureNetwork
from ..schedules import rate_factor
from ..state import Course, Figures
from ..trainer import check_finite

_BATCH_SIZE = 128
_LEARNING_RATE = 2e-3
_LOG_EVERY = 100
_CHECKPOINT_EVERY = 200


class FeatureCourse(Course):
    """The training of the networks: each step shows each of them a batch of real images, moved by chance.

    Args:
        dataset: the real images. If they have one class, the networks stay as they begin.
        seed: decides weights, order and movements.
        device: where the networks are.
        origin: a digest of what decides it; its checkpoints hold it.
    """

    def __init__(self, dataset: Dataset, seed: int, device: Device, *, origin: str) -> None:
        super().__init__(_LOG_EVERY, _CHECKPOINT_EVERY)
        self.origin = origin
        weights, order, chance = (int(s) for s in np.random.SeedSequence(seed).generate_state(3))
        self._where = device.where
        torch.manual_seed(weights)
        shape = (dataset.n_channels, *dataset.size)
        self.networks = nn.ModuleList(FeatureNetwork(kind, shape, dataset.n_classes) for kind in KINDS)
        self.networks.to(self._where)
        self._optimizer = AdamW(self.networks.parameters(), lr=_LEARNING_RATE, fused=True)
        self._stream = BatchStream(
            dataset.train_images,
            dataset.train_labels,
            batch_size=_BATCH_SIZE,
            sampling="with replacement",
            seed=order,
        )
        self._random = torch.Generator().manual_seed(chance)

    @property
    def images(self) -> int:
        """Real images shown so far, counting repeats."""
        return self.iteration * _BATCH_SIZE * len(self.networks)

    def step(self, progress: float) -> Figures:
        """Step each network once, towards the classes of a batch of its own; return the mean loss and accuracy.

        Raises:
            Diverged: the loss is not a finite number.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * rate_factor("linear", progress)
        losses, shares = [], []
        for network in self.networks:
            images, label = (each.to(self._where) for each in self._batch())
            scores = network(images)
            losses.append(functional.cross_entropy(scores, label))
            shares.append((scores.argmax(1) == label).float().mean())
        self._optimizer.zero_grad()
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call] # torch's stubs lack it
        self._optimizer.step()
        self.iteration += 1
        n = len(losses)
        figures = {"class_loss": sum(loss.item() for loss in losses) / n, "class_accuracy": sum(map(float, shares)) / n}
        check_finite(self, figures)
        return figures

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state as tensors and plain values, which `torch.load` reads with ``weights_only``."""
        return super().state_dict() | {
            "origin": self.origin,
            "networks": self.networks.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "stream": self._stream.state_dict(),
            "random": self._random.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a saved state of the same data."""
        super().load_state_dict(state)
        self.networks.load_state_dict(state["networks"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._stream.load_state_dict(state["stream"])
        self._random.set_state(state["random"])

    def _batch(self) -> tuple[Tensor, Tensor]:
        images, label = self._stream.next()
        ink = (with_channels(images) + 1) / 2  # moving leaves 0 at the edges
        return moved(ink, max_slant=0, random=self._random) * 2 - 1, label
