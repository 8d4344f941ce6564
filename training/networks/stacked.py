"""The discriminator of three digits at once, as the channels of one image.

Its generator is that of `training.networks.conv`, with three channels and no classes.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from training.networks.base import Discriminator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class StackDiscriminatorConfig:
    """Convolutions down to 4 x 4 over all channels together, a linear map, and one logit.

    Args:
        n_channels: of the images.
        channels: at 14 x 14, at 7 x 7 and at 4 x 4.
        hidden: width of the linear map.
        kernel: of the convolutions, odd.
    """

    n_channels: int
    channels: tuple[int, int, int]
    hidden: int
    kernel: int

    def build(self) -> Discriminator:
        """Return the discriminator."""
        layers: list[nn.Module] = []
        size = self.n_channels
        for channels in self.channels:  # 28 -> 14 -> 7 -> 4
            layers += [nn.Conv2d(size, channels, self.kernel, stride=2, padding=self.kernel // 2), nn.LeakyReLU(LEAK)]
            size = channels
        layers += [nn.Flatten(), nn.Linear(size * 16, self.hidden), nn.LeakyReLU(LEAK), nn.Linear(self.hidden, 1)]
        return StackDiscriminator(nn.Sequential(*layers))


class StackDiscriminator(Discriminator):
    """A convolutional discriminator without batch statistics, so that each logit depends on one image.

    Args:
        layers: from (N, C, 28, 28) to (N, 1).
    """

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, images: Tensor, label: Tensor) -> Tensor:  # noqa: ARG002 - unconditional
        """Return logits: float32 (N,)."""
        logits: Tensor = self.layers(images).squeeze(1)
        return logits
