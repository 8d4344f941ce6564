"""The perceptrons: the textbook GAN's two, their PyTorch forms, and a discriminator that is told the label."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from . import keras
from .base import Discriminator, Generator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class MlpGeneratorConfig:
    """Style, hidden layers of (linear, leaky ReLU, batch normalisation) in this order, then linear and tanh.

    Args:
        style_size: components of a style.
        widths: of the hidden layers.
        batch_norm_momentum: the share of the new batch in the moving statistics, as in PyTorch; Keras states one minus
            this.
        batch_norm_eps: added to the variance.
        n_classes: 0 for an unconditional generator.
    """

    style_size: int
    widths: tuple[int, ...]
    batch_norm_momentum: float
    batch_norm_eps: float
    n_classes: int = 0

    def build(self) -> Generator:
        """Return the generator, Glorot-uniform kernels and zero biases."""
        layers: list[nn.Module] = []
        size = self.style_size + self.n_classes
        for width in self.widths:
            layers += [
                _linear(size, width),
                nn.LeakyReLU(LEAK),
                nn.BatchNorm1d(width, momentum=self.batch_norm_momentum, eps=self.batch_norm_eps),
            ]
            size = width
        layers += [_linear(size, 784), nn.Tanh(), nn.Unflatten(1, (28, 28))]
        return Generator(self.style_size, self.n_classes, nn.Sequential(*layers))


@dataclass(frozen=True, kw_only=True)
class MlpDiscriminatorConfig:
    """Pixels, hidden layers of (linear, leaky ReLU), one logit.

    Args:
        widths: of the hidden layers.
    """

    widths: tuple[int, ...]

    def build(self) -> Discriminator:
        """Return the discriminator, Glorot-uniform kernels and zero biases."""
        layers: list[nn.Module] = [nn.Flatten()]
        size = 784
        for width in self.widths:
            layers += [_linear(size, width), nn.LeakyReLU(LEAK)]
            size = width
        return MlpDiscriminator(nn.Sequential(*layers, _linear(size, 1)))


class MlpDiscriminator(Discriminator):
    """A perceptron over pixels; the sigmoid is part of the loss, which takes logits.

    Args:
        layers: from (N, 28, 28) to (N, 1).
    """

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, images: Tensor, label: Tensor) -> Tensor:  # noqa: ARG002 - unconditional
        """Return logits: float32 (N,)."""
        logits: Tensor = self.layers(images).squeeze(1)
        return logits


@dataclass(frozen=True, kw_only=True)
class TorchMlpGeneratorConfig:
    """Style, hidden layers of (linear, ReLU), then linear and tanh.

    Args:
        style_size: components of a style.
        widths: of the hidden layers.
    """

    style_size: int
    widths: tuple[int, ...]

    def build(self) -> Generator:
        """Return the generator, unconditional."""
        layers: list[nn.Module] = []
        size = self.style_size
        for width in self.widths:
            layers += [nn.Linear(size, width), nn.ReLU()]
            size = width
        layers += [nn.Linear(size, 784), nn.Tanh(), nn.Unflatten(1, (28, 28))]
        return Generator(self.style_size, 0, nn.Sequential(*layers))


@dataclass(frozen=True, kw_only=True)
class TorchMlpDiscriminatorConfig:
    """Pixels, hidden layers of (linear, leaky ReLU), one logit.

    Args:
        widths: of the hidden layers.
    """

    widths: tuple[int, ...]

    def build(self) -> Discriminator:
        """Return the discriminator."""
        layers: list[nn.Module] = [nn.Flatten()]
        size = 784
        for width in self.widths:
            layers += [nn.Linear(size, width), nn.LeakyReLU(LEAK)]
            size = width
        return MlpDiscriminator(nn.Sequential(*layers, nn.Linear(size, 1)))


@dataclass(frozen=True, kw_only=True)
class LabelledDiscriminatorConfig:
    """Pixels and label, hidden layers of (linear, leaky ReLU, dropout except in the first), one logit.

    Source: Mirza and Osindero, "Conditional generative adversarial nets" (2014), section 4.1: the label becomes 50
    numbers, which are concatenated to the image's.

    Args:
        n_classes: at least 2.
        label_size: numbers that represent a class.
        widths: of the hidden layers.
        dropout: share of values set to zero after each hidden layer except the first.
    """

    n_classes: int
    label_size: int
    widths: tuple[int, ...]
    dropout: float

    def build(self) -> Discriminator:
        """Return the discriminator, initialised as Keras does."""
        layers: list[nn.Module] = []
        size = 784 + self.label_size
        for width in self.widths:
            is_first = not layers
            layers += [nn.Linear(size, width), nn.LeakyReLU(LEAK)]
            layers += [] if is_first else [nn.Dropout(self.dropout)]
            size = width
        labels = nn.Embedding(self.n_classes, self.label_size)
        discriminator = LabelledDiscriminator(labels, nn.Sequential(*layers, nn.Linear(size, 1)))
        keras.initialise(discriminator)
        return discriminator


class LabelledDiscriminator(Discriminator):
    """A perceptron over pixels and label.

    Args:
        labels: from (N,) to (N, label_size). One number per class would suffice in principle, but beside 784 pixels its
            initial weights are so small that 3,000 iterations taught nothing about the class.
        layers: from (N, 784 + label_size) to (N, 1).
    """

    def __init__(self, labels: nn.Embedding, layers: nn.Sequential) -> None:
        super().__init__()
        self.labels = labels
        self.layers = layers

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        """Return logits: float32 (N,)."""
        logits: Tensor = self.layers(torch.cat([images.flatten(1), self.labels(label)], dim=1)).squeeze(1)
        return logits


def _linear(n_in: int, n_out: int) -> nn.Linear:
    """Return a linear layer with Keras's initial weights: Glorot and Bengio (2010), equation 16, and zero biases."""
    layer = nn.Linear(n_in, n_out)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
