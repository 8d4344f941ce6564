"""The convolutional networks: a generator, a projection discriminator, and a discriminator of stacked digits.

Almost all multiply-adds are spent at low resolution, where a kernel covers most of a digit. The last doubling is a
convolution with four channels for each of the image's, whose pixels are interleaved (Shi et al., "Real-time single
image and video super-resolution using an efficient sub-pixel convolutional neural network", 2016). Every batch
normalisation follows a linear map, so that all of them fold away in the export.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from .augmentation import Augment, Augmentation
from .base import Discriminator, Generator, PerceivingDiscriminator, Size, with_channels

LEAK = 0.2
_LARGEST_GRID = 8  # of the coarsest features, in each direction: 28 x 28 pixels begin with 7 x 7, and 256 with 8
_FEWEST_DOUBLINGS = 2


def n_doublings(size: Size) -> int:
    """Return how often the side of the coarsest features is doubled on the way to images of a size, at least twice."""
    doublings = _FEWEST_DOUBLINGS
    while max(size) > _LARGEST_GRID << doublings:
        doublings += 1
    return doublings


def size_refusal(size: Size) -> str | None:
    """Return what these networks need instead if they cannot draw images of a size; None if they can."""
    step = 1 << n_doublings(size)
    if size[0] % step or size[1] % step:
        return f"height and width must be multiples of {step} where the longer one has {max(size)} pixels"
    return None


def _stretched(values: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Return n values, the first of them repeated in front."""
    return (values[0],) * (n - len(values)) + values


@dataclass(frozen=True, kw_only=True)
class ConvGeneratorConfig:
    """Style and class, two linear maps, residual blocks at each grid from the coarsest to half the size, and tanh.

    Args:
        style_size: components of a style.
        n_classes: 0 for an unconditional generator.
        hidden: width of the first linear map.
        channels: at the two finest grids, such as 7 x 7 and 14 x 14 of 28 x 28 pixels; coarser ones have as many as the
            first of them.
        blocks: residual blocks at the same grids.
        n_channels: of the images; grey images have one, without a dimension for it.
        size: height and width of the images; see `size_refusal`.
    """

    style_size: int
    n_classes: int
    hidden: int
    channels: tuple[int, int]
    blocks: tuple[int, int]
    n_channels: int = 1
    size: Size = (28, 28)

    def build(self) -> Generator:
        """Return the generator."""
        doublings = n_doublings(self.size)
        height, width = (side >> doublings for side in self.size)
        coarse, *finer = _stretched(self.channels, doublings)
        n_blocks, *others = _stretched(self.blocks, doublings)
        layers: list[nn.Module] = [
            nn.Linear(self.style_size + self.n_classes, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, coarse * height * width, bias=False),
            nn.Unflatten(1, (coarse, height, width)),
            nn.BatchNorm2d(coarse),
            nn.ReLU(),
            *(Residual(coarse) for _ in range(n_blocks)),
        ]
        for fine, n_blocks in zip(finer, others, strict=True):
            layers += [
                nn.ConvTranspose2d(coarse, fine, kernel_size=4, stride=2, padding=1, bias=False),  # 7 -> 14
                nn.BatchNorm2d(fine),
                nn.ReLU(),
                *(Residual(fine) for _ in range(n_blocks)),
            ]
            coarse = fine
        layers += [
            nn.Conv2d(coarse, 4 * self.n_channels, kernel_size=3, padding=1),
            nn.PixelShuffle(2),  # (N, 4 C, 14, 14) -> (N, C, 28, 28)
            nn.Tanh(),
            *([nn.Flatten(1, 2)] if self.n_channels == 1 else []),
        ]
        return Generator(self.style_size, self.n_classes, nn.Sequential(*layers))


class Residual(nn.Module):
    """A convolution with batch normalisation, added to its input, then ReLU.

    Args:
        channels: in and out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape: float32 (N, channels, H, W)."""
        return torch.relu(features + self.body(features))


@dataclass(frozen=True, kw_only=True)
class ProjectionDiscriminatorConfig:
    """Convolutions that halve the side, a linear map, and a logit that depends on the label through an inner product.

    Args:
        n_classes: at least 2.
        channels: at the three coarsest grids, such as 14 x 14, 7 x 7 and 4 x 4 of 28 x 28 pixels; larger images are
            first halved by further convolutions with as many channels as the first of them.
        hidden: width of the linear map.
        kernels: of the convolutions, 3 to 5 each; 4 covers a stride of 2 evenly.
        spectral_norm: whether the largest singular value of every map up to the features is held at 1. The head, which
            turns features into a logit, stays free: if it were bound too, logits would hardly leave 0.
        augmentation: of all images that it sees in training; for small data sets.
        n_channels: of the images.
        size: height and width of the images.
    """

    n_classes: int
    channels: tuple[int, int, int]
    hidden: int
    kernels: tuple[int, int, int]
    spectral_norm: bool
    augmentation: Augmentation | None = None
    n_channels: int = 1
    size: Size = (28, 28)

    def build(self) -> Discriminator:
        """Return the discriminator."""
        return ProjectionDiscriminator(self)


class ProjectionDiscriminator(PerceivingDiscriminator):
    """A convolutional discriminator without batch statistics, so that each logit depends on one image.

    Source: Miyato and Koyama, "cGANs with projection discriminator" (2018), equation 4.

    Args:
        config: its sizes.
    """

    def __init__(self, config: ProjectionDiscriminatorConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_before, (height, width), n_halvings = config.n_channels, config.size, n_doublings(config.size) + 1
        for n_channels, kernel in zip(
            _stretched(config.channels, n_halvings), _stretched(config.kernels, n_halvings), strict=True
        ):
            padding = (kernel - 1) // 2
            convolution = nn.Conv2d(n_before, n_channels, kernel, stride=2, padding=padding)  # 28 -> 14 -> 7 -> 4
            layers += [convolution, nn.LeakyReLU(LEAK)]
            height, width = ((side + 2 * padding - kernel) // 2 + 1 for side in (height, width))
            n_before = n_channels
        layers += [nn.Flatten(), nn.Linear(n_before * height * width, config.hidden), nn.LeakyReLU(LEAK)]
        self.head = nn.Linear(config.hidden, 1)
        self.classes = nn.Embedding(config.n_classes, config.hidden)
        if config.spectral_norm:
            layers = [spectral_norm(m) if isinstance(m, nn.Conv2d | nn.Linear) else m for m in layers]
        if config.augmentation:
            layers = [Augment(config.augmentation), *layers]
        self.features = nn.Sequential(*layers)

    def perceive(self, images: Tensor, label: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return logits, float32 (N,), and the output of each activation: three maps, then float32 (N, hidden)."""
        seen, features = [], with_channels(images)
        for layer in self.features:
            features = layer(features)
            if isinstance(layer, nn.LeakyReLU):
                seen.append(features)
        logits: Tensor = self.head(features).squeeze(1) + (self.classes(label) * features).sum(1)
        return logits, seen


@dataclass(frozen=True, kw_only=True)
class StackDiscriminatorConfig:
    """Convolutions over all digits of a stack together down to 4 x 4, a linear map, and one logit.

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
