"""Knows the textbook GAN's two multilayer perceptrons.

Does not know how they are trained.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from training.networks.base import Discriminator, Generator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class MlpGeneratorConfig:
    """Style, hidden layers of (linear, leaky ReLU, batch normalisation) in this order, then linear and tanh.

    Args:
        style_size: components of a style.
        widths: of the hidden layers.
        batch_norm_momentum: the share of the new batch in the moving statistics, PyTorch's way round: Keras writes one
            minus this.
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
    """A perceptron over pixels; its sigmoid is in the loss, which takes logits.

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


def _linear(n_in: int, n_out: int) -> nn.Linear:
    """Return a linear layer as Keras initialises it: Glorot and Bengio (2010), equation 16, and zero biases."""
    layer = nn.Linear(n_in, n_out)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
