"""Small classifiers whose features post-training compares; they are trained for one run and judge nothing."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .base import with_channels

_HIDDEN = 96


@dataclass(frozen=True)
class FeatureKind:
    """What one of the networks differs by from the others.

    Args:
        channels: of the first convolution; the others have twice as many.
        kernel: of the first convolution, odd.
        activation: after each layer.
    """

    channels: int
    kernel: int
    activation: type[nn.Module]


KINDS = (FeatureKind(16, 5, nn.ReLU), FeatureKind(20, 3, nn.GELU), FeatureKind(12, 7, nn.ELU))


class FeatureNetwork(nn.Module):
    """Three convolutions that halve the sides, a linear map, and a score for each class.

    Args:
        kind: its sizes and activation.
        shape: channels, height and width of the images.
        n_classes: at least 1.
    """

    def __init__(self, kind: FeatureKind, shape: tuple[int, int, int], n_classes: int) -> None:
        super().__init__()
        n_channels, *sides = shape
        n, act = kind.channels, kind.activation
        n_points = math.prod(-(-side // 8) for side in sides)
        self.fine = nn.Sequential(
            nn.Conv2d(n_channels, n, kind.kernel, stride=2, padding=kind.kernel // 2), act()
        )  # 28 -> 14
        self.coarse = nn.Sequential(nn.Conv2d(n, 2 * n, 3, stride=2, padding=1), act())  # 14 -> 7
        self.whole = nn.Sequential(
            nn.Conv2d(2 * n, 2 * n, 3, stride=2, padding=1),  # 7 -> 4
            act(),
            nn.Flatten(),
            nn.Linear(2 * n * n_points, _HIDDEN),
            act(),
        )
        self.classes = nn.Linear(_HIDDEN, n_classes)

    def perceive(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return class scores, float32 (N, n_classes), and the features of three layers, float32 (N, D) each.

        Args:
            images: float32 (N, H, W) or (N, C, H, W) in -1..1.
        """
        fine = self.fine(with_channels(images))
        coarse = self.coarse(fine)
        whole = self.whole(coarse)
        return self.classes(whole), [functional.avg_pool2d(fine, 2).flatten(1), coarse.flatten(1), whole]

    def forward(self, images: Tensor) -> Tensor:
        """Return class scores: float32 (N, n_classes)."""
        return self.perceive(images)[0]


def margins(scores: Tensor, label: Tensor) -> Tensor:
    """Return how much higher the label's score is than the highest other one: float32 (N,).

    Args:
        scores: float32 (N, C), of at least two classes.
        label: int64 (N,).
    """
    own = scores.gather(1, label.unsqueeze(1))
    others = scores.scatter(1, label.unsqueeze(1), -torch.inf)
    return own.squeeze(1) - others.amax(1)
