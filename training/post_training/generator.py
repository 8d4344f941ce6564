"""Moves a trained generator's images towards the real ones of each class, without a discriminator.

A step takes a few classes, and real and generated images of each. The loss is the energy distance of the
two samples, in pixels and in the layers of networks that were trained for this, and a hinge on the margin by which
these networks read the requested class.

Sources: Szekely and Rizzo, "Energy statistics: a class of statistics based on distances" (2013), for the distance, here
in its unbiased form; Salimans et al., "Improving GANs using optimal transport" (2018), for a generator that follows an
energy distance of mini-batches in learned features.
"""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Adam

from ..data import Dataset
from ..device import Device
from ..ema import Average
from ..images.stream import BatchStream
from ..networks.base import Generator
from ..networks.features import FeatureNetwork, margins
from ..recipes.recipe import PostTraining
from ..schedules import rate_factor
from ..state import Course, Figures
from ..trainer import check_finite

_LOG_EVERY = 20
_CHECKPOINT_EVERY = 20  # a step may take half a second
_WARM_UP = 0.05  # share of the steps in which the learning rate rises
_FIRST_RATE = 0.05  # share of the peak
_N_MEASURED = 4_000  # images that say how far features spread
_MEASURED_AT_ONCE = 200
_LEAST_SPREAD = 1e-6  # of features that do not vary, which then count for nothing


def energy_distance(first: Tensor, second: Tensor) -> Tensor:
    """Return the unbiased energy distance of two samples, a scalar that is 0 on average for equal distributions.

    Args:
        first: float32 (N, D), N at least 2.
        second: float32 (M, D), M at least 2.
    """
    between = torch.cdist(first, second).mean()
    return 2 * between - _within(first) - _within(second)


def _within(sample: Tensor) -> Tensor:
    """Return the mean distance of two different points of a sample."""
    n = len(sample)
    return torch.cdist(sample, sample).sum() / (n * (n - 1))


class Senses:
    """What images are compared by: pixels, and layers of fixed networks, each scaled so that real images spread by 1.

    Args:
        networks: are fixed from now on.
        settings: with the weights.
        dataset: the real images.
        seed: chooses those that are measured.
        device: where the networks are.
    """

    def __init__(
        self, networks: nn.ModuleList, settings: PostTraining, dataset: Dataset, seed: int, device: Device
    ) -> None:
        self._networks: list[FeatureNetwork] = [*networks.eval().requires_grad_(requires_grad=False)]
        self._weights = [settings.pixels] + [settings.features] * (3 * len(self._networks))
        stream = BatchStream(
            dataset.train_images,
            dataset.train_labels,
            batch_size=min(_MEASURED_AT_ONCE, len(dataset.train_images)),
            sampling="by epoch",
            seed=seed,
        )
        self._spreads = [torch.ones(())] * len(self._weights)
        n_batches = max(1, min(_N_MEASURED, len(dataset.train_images)) // _MEASURED_AT_ONCE)
        self._spreads = self._measure([stream.next()[0].to(device.where) for _ in range(n_batches)])

    def perceive(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return scaled features of pixels and each layer, (N, D), and each network's scores, (N, n_classes)."""
        features, scores = [images.flatten(1)], []
        for network in self._networks:
            of_one, layers = network.perceive(images)
            scores.append(of_one)
            features += layers
        return [each / spread for each, spread in zip(features, self._spreads, strict=True)], scores

    def distance(self, generated: list[Tensor], real: list[Tensor]) -> Tensor:
        """Return the weighted sum of the energy distances of features."""
        layers = zip(self._weights, generated, real, strict=True)
        distances = (weight * energy_distance(*both) for weight, *both in layers if weight)
        return sum(distances, torch.zeros((), device=generated[0].device))

    @torch.no_grad()
    def _measure(self, batches: list[Tensor]) -> list[Tensor]:
        """Return the root of the mean squared distance from the mean of each kind of features: float32 () each."""
        sums = squares = [torch.zeros((), dtype=torch.float64)] * len(self._weights)
        for batch in batches:
            found = [each.double() for each in self.perceive(batch)[0]]
            sums = [total + each.sum(0) for total, each in zip(sums, found, strict=True)]
            squares = [total + each.square().sum() for total, each in zip(squares, found, strict=True)]
        n = sum(map(len, batches))
        return [
            (square / n - (total / n).square().sum()).clamp(min=_LEAST_SPREAD**2).sqrt().float()
            for total, square in zip(sums, squares, strict=True)
        ]


class GeneratorCourse(Course):
    """The generator's last stage: its weights, their moving average, the optimiser, and where chance stands.

    Args:
        generator: a folded one in evaluation mode, which is copied.
        networks: trained by `training.post_training.features`.
        settings: of the stage.
        dataset: the real images.
        seed: decides latents, the order of classes and of images.
        device: where the networks are.
        origin: a digest of what decides it; its checkpoints hold it.
    """

    def __init__(
        self,
        generator: Generator,
        networks: nn.ModuleList,
        settings: PostTraining,
        dataset: Dataset,
        seed: int,
        device: Device,
        *,
        origin: str,
    ) -> None:
        super().__init__(_LOG_EVERY, _CHECKPOINT_EVERY)
        self.origin = origin
        measured, chance, *orders = (
            int(s) for s in np.random.SeedSequence(seed).generate_state(2 + max(1, generator.n_classes))
        )
        self._settings = settings
        self._where = device.where
        self._generator = copy.deepcopy(generator).requires_grad_(requires_grad=True).to(self._where)
        first = self._generator.layers[0]
        if generator.n_classes and isinstance(first, nn.Linear) and first.bias is not None:
            first.bias.requires_grad = False  # the columns of the classes hold it, too
        self._average = Average(self._generator)
        self._optimizer = Adam(
            [weight for weight in self._generator.parameters() if weight.requires_grad],
            lr=settings.learning_rate,
            betas=(0.9, 0.99),
            fused=True,
        )
        self._senses = Senses(networks, settings, dataset, measured, device)
        self._streams = [
            BatchStream(
                dataset.train_images[rows],
                dataset.train_labels[rows],
                batch_size=settings.n_real,
                sampling="with replacement",
                seed=order,
            )
            for rows, order in zip(_rows(dataset, generator.n_classes), orders, strict=True)
        ]
        self._random = torch.Generator().manual_seed(chance)

    @property
    def images(self) -> int:
        """Real images shown so far, counting repeats."""
        return self.iteration * self._n_drawn * self._settings.n_real

    @property
    def result(self) -> dict[str, Tensor]:
        """The averaged weights, on the processor."""
        return {name: weight.cpu() for name, weight in self._average.generator.state_dict().items()}

    def step(self, progress: float) -> Figures:
        """Step the generator once; return the means over the classes of this step.

        Raises:
            Diverged: a loss is not a finite number.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.learning_rate * rate(progress)
        self._optimizer.zero_grad()
        totals: Figures = {}
        for label in torch.randperm(len(self._streams), generator=self._random)[: self._n_drawn].tolist():
            loss, figures = self._loss(label, progress)
            loss.backward()  # type: ignore[no-untyped-call] # torch's stubs lack it
            totals = {name: totals.get(name, 0.0) + value / self._n_drawn for name, value in figures.items()}
        self._optimizer.step()
        decay = 0.5 ** (1 / self._settings.average_half_life)
        self._average.update(self._generator, min(decay, (self.iteration + 1) / (self.iteration + 10)))
        self.iteration += 1
        check_finite(self, totals)
        return totals

    def state_dict(self) -> dict[str, Any]:
        """Return the whole state as tensors and plain values, which `torch.load` reads with ``weights_only``."""
        return super().state_dict() | {
            "origin": self.origin,
            "generator": self._generator.state_dict(),
            "average": self._average.generator.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "streams": [stream.state_dict() for stream in self._streams],
            "random": self._random.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a saved state with the same start, networks, settings and data."""
        super().load_state_dict(state)
        self._generator.load_state_dict(state["generator"])
        self._average.generator.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        for stream, saved in zip(self._streams, state["streams"], strict=True):
            stream.load_state_dict(saved)
        self._random.set_state(state["random"])

    @property
    def _n_drawn(self) -> int:
        """Classes a step."""
        return min(self._settings.n_classes, len(self._streams))

    def _loss(self, label: int, progress: float) -> tuple[Tensor, Figures]:
        """Return the loss of a class on fresh images, and its figures."""
        settings = self._settings
        real = self._streams[label].next()[0].to(self._where)
        style = torch.randn(settings.batch_size, self._generator.style_size, generator=self._random).to(self._where)
        labels = torch.full((settings.batch_size,), label, device=self._where)
        generated, scores = self._senses.perceive(self._generator(style, labels))
        with torch.no_grad():
            wanted, _ = self._senses.perceive(real)
        distance = self._senses.distance(generated, wanted)
        figures = {"energy_distance": distance.item()}
        if not self._generator.n_classes:
            return distance, figures
        won = torch.stack([margins(each, labels) for each in scores])
        hinge = (settings.margin - won).clamp(min=0).mean()
        figures |= {"margin_loss": hinge.item(), "class_accuracy": (won > 0).float().mean().item()}
        return distance + (settings.hinge * hinge if progress >= settings.hinge_from else 0.0), figures


def rate(progress: float) -> float:
    """Return the factor on the learning rate: it rises in the first twentieth of the stage, then falls to 0."""
    return min(1.0, progress / _WARM_UP + _FIRST_RATE) * rate_factor("linear", progress)


def _rows(dataset: Dataset, n_classes: int) -> list[NDArray[np.intp]]:
    """Return the rows of the training images of each class, or those of all of them for a generator without classes."""
    if not n_classes:
        return [np.arange(len(dataset.train_labels))]
    return [np.flatnonzero(dataset.train_labels == label) for label in range(n_classes)]
