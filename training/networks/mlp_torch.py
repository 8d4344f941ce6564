"""Knows the textbook GAN's two perceptrons in their PyTorch form: ReLU, no normalisation, PyTorch's own first weights.

Does not know how they are trained.
"""

from dataclasses import dataclass

from torch import nn

from training.networks.base import Discriminator, Generator
from training.networks.mlp import LEAK, MlpDiscriminator


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
