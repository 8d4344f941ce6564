"""The five readers of the classifier accuracy score: one network for each family that reads images.

Each takes images of any size from 12 x 12 on. Steps are chosen so that all five learn from 60,000 digits in about six
minutes of one core.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from .judge_training import N_FEATURES, Classifier, ResidualBlock, convolution, halved, plain


@dataclass(frozen=True)
class ReaderNetwork:
    """One architecture and its schedule.

    Args:
        body: returns an untrained body from the number of channels C; it turns images float (N, C, H, W) into features
            (N, n_features).
        n_features: that it returns.
        n_steps: batches of 128 images that it learns from.
    """

    body: Callable[[int], nn.Sequential]
    n_features: int
    n_steps: int

    def untrained(self, n_classes: int, size: tuple[int, int], n_channels: int = 1) -> Classifier:
        """Return an untrained reader, whose first weights torch's random state decides.

        Args:
            n_classes: that it tells apart.
            size: height and width of the images; large ones are halved first, as for the judges.
            n_channels: 1 for grey images, 3 for RGB.
        """
        first, n_first, _ = halved(n_channels, size)
        body = nn.Sequential(*first, *self.body(n_first))
        body.eval()(torch.zeros(1, n_channels, *size))  # settles the sizes that depend on the image's
        return Classifier(body, n_classes, self.n_features)


def _lenet(n_channels: int) -> nn.Sequential:
    """Return LeNet-5 with its tanh and mean pooling.

    Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998), section II.B, with full
    connections in the third layer.
    """
    return nn.Sequential(
        nn.Conv2d(n_channels, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.LazyLinear(120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
    )


def _perceptron(_n_channels: int) -> nn.Sequential:
    """Return two layers without convolutions, with dropout between them."""
    return nn.Sequential(
        nn.Flatten(),
        nn.LazyLinear(512, bias=False),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(512, 256, bias=False),
        nn.BatchNorm1d(256),
        nn.ReLU(),
    )


def _residual(n_channels: int) -> nn.Sequential:
    """Return strides, residual blocks and a mean over places, as He et al., "Deep residual learning" (2016)."""
    return nn.Sequential(
        *convolution(n_channels, 16, 3, stride=2),
        ResidualBlock(16),
        *convolution(16, 32, 3, stride=2),
        ResidualBlock(32),
        *convolution(32, 64, 3, stride=2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def _separable(n_channels: int) -> nn.Sequential:
    """Return convolutions only, each of one channel or of one pixel, as Howard et al., "MobileNets" (2017)."""

    def separable(n_in: int, n_out: int, stride: int) -> list[nn.Module]:
        return [*convolution(n_in, n_in, 3, stride, groups=n_in), *convolution(n_in, n_out, 1)]

    return nn.Sequential(
        *convolution(n_channels, 24, 5, stride=2),
        *separable(24, 48, 1),
        *separable(48, 96, 2),
        *separable(96, 96, 1),
        *separable(96, 128, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


READERS = {
    "plain": ReaderNetwork(partial(plain, dense=nn.LazyLinear), N_FEATURES, n_steps=1_000),
    "lenet-5": ReaderNetwork(_lenet, 84, n_steps=3_500),
    "perceptron": ReaderNetwork(_perceptron, 256, n_steps=2_500),
    "residual": ReaderNetwork(_residual, 64, n_steps=1_500),
    "separable": ReaderNetwork(_separable, 128, n_steps=2_000),
}
