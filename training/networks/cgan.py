"""Knows the discriminator that is told a label: pixels and one-hot label side by side, then a perceptron.

Does not know how it is trained. Its generator is the textbook's, with classes (`training.networks.mlp`).

Source: Mirza and Osindero, "Conditional generative adversarial nets" (2014), section 3.2: x and y are both inputs.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks import keras
from training.networks.base import Discriminator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class LabelledDiscriminatorConfig:
    """Pixels and label, hidden layers of (linear, leaky ReLU, dropout but for the first), one logit.

    Args:
        n_classes: at least 2.
        widths: of the hidden layers.
        dropout: share of values set to zero after each hidden layer but the first.
    """

    n_classes: int
    widths: tuple[int, ...]
    dropout: float

    def build(self) -> Discriminator:
        """Return the discriminator, initialised as Keras does."""
        layers: list[nn.Module] = []
        size = 784 + self.n_classes
        for width in self.widths:
            is_first = not layers
            layers += [nn.Linear(size, width), nn.LeakyReLU(LEAK)]
            layers += [] if is_first else [nn.Dropout(self.dropout)]
            size = width
        discriminator = LabelledDiscriminator(self.n_classes, nn.Sequential(*layers, nn.Linear(size, 1)))
        keras.initialise(discriminator)
        return discriminator


class LabelledDiscriminator(Discriminator):
    """A perceptron over pixels and label.

    Args:
        n_classes: at least 2.
        layers: from (N, 784 + n_classes) to (N, 1).
    """

    def __init__(self, n_classes: int, layers: nn.Sequential) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.layers = layers

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        """Return logits: float32 (N,)."""
        one_hot = functional.one_hot(label, self.n_classes).to(images.dtype)
        logits: Tensor = self.layers(torch.cat([images.flatten(1), one_hot], dim=1)).squeeze(1)
        return logits
