"""Knows the discriminator that is told a label: pixels and a vector learned for the class, then a perceptron.

Does not know how it is trained. Its generator is the textbook's, with classes (`training.networks.mlp`).

Source: Mirza and Osindero, "Conditional generative adversarial nets" (2014), section 4.1: the label becomes 50 numbers
of its own, which join the image's.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.networks import keras
from training.networks.base import Discriminator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class LabelledDiscriminatorConfig:
    """Pixels and label, hidden layers of (linear, leaky ReLU, dropout but for the first), one logit.

    Args:
        n_classes: at least 2.
        label_size: numbers that stand for a class.
        widths: of the hidden layers.
        dropout: share of values set to zero after each hidden layer but the first.
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
        labels: from (N,) to (N, label_size). One number a class would do as well, if it were heard: beside 784 pixels
            its first weights are so small that 3,000 iterations taught nothing of the class.
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
