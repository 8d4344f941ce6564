"""The DCGAN pair of the Keras program: a generator that enlarges and convolves, and a discriminator with dropout.

Where Keras pads a strided convolution on one side, these networks pad on both: the same parameters on a grid that is
shifted by half a pixel, and 7 x 7 becomes 4 x 4 without an extra row of zeros.

Source: Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
networks" (2016), section 3, for normalisation before activation.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from . import keras
from .base import ClassifyingDiscriminator, Discriminator, Generator

LEAK = 0.2


@dataclass(frozen=True, kw_only=True)
class DcganGeneratorConfig:
    """Style (and class), a linear map to 7 x 7, two doublings of the side, and tanh.

    Args:
        style_size: components of a style.
        n_classes: 0 for an unconditional generator.
        channels: at 7 x 7 and 14 x 14, and at 28 x 28.
        batch_norm_momentum: the share of the new batch in the moving statistics; Keras states one minus this.
    """

    style_size: int
    n_classes: int
    channels: tuple[int, int]
    batch_norm_momentum: float

    def build(self) -> Generator:
        """Return the generator, initialised as Keras does."""
        coarse, fine = self.channels
        layers = nn.Sequential(
            nn.Linear(self.style_size + self.n_classes, coarse * 49),
            nn.ReLU(),
            nn.Unflatten(1, (coarse, 7, 7)),
            nn.Upsample(scale_factor=2),  # 7 -> 14, each pixel repeated
            nn.Conv2d(coarse, coarse, kernel_size=3, padding=1),
            nn.BatchNorm2d(coarse, momentum=self.batch_norm_momentum, eps=keras.BATCH_NORM_EPS),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),  # 14 -> 28
            nn.Conv2d(coarse, fine, kernel_size=3, padding=1),
            nn.BatchNorm2d(fine, momentum=self.batch_norm_momentum, eps=keras.BATCH_NORM_EPS),
            nn.ReLU(),
            nn.Conv2d(fine, 1, kernel_size=3, padding=1),
            nn.Tanh(),
            nn.Flatten(1, 2),  # (N, 1, 28, 28) -> (N, 28, 28)
        )
        keras.initialise(layers)
        return Generator(self.style_size, self.n_classes, layers)


@dataclass(frozen=True, kw_only=True)
class DcganDiscriminatorConfig:
    """Four convolutions with leaky ReLU and dropout, 28 to 4 pixels a side, and one logit.

    Args:
        channels: at 14 x 14, at 7 x 7, and twice at 4 x 4.
        dropout: share of values set to zero after each convolution.
        batch_norm_momentum: like the generator's, for all but the first convolution; None for no normalisation.
        n_classes: classes that it also reads; 0 for none.
    """

    channels: tuple[int, int, int, int]
    dropout: float
    batch_norm_momentum: float | None
    n_classes: int

    def build(self) -> Discriminator:
        """Return the discriminator, initialised as Keras does."""
        layers: list[nn.Module] = []
        size = 1
        for channels, stride in zip(self.channels, (2, 2, 2, 1), strict=True):
            layers.append(nn.Conv2d(size, channels, kernel_size=3, stride=stride, padding=1))
            if self.batch_norm_momentum is not None and size > 1:
                layers.append(nn.BatchNorm2d(channels, momentum=self.batch_norm_momentum, eps=keras.BATCH_NORM_EPS))
            layers += [nn.LeakyReLU(LEAK), nn.Dropout(self.dropout)]
            size = channels
        features = nn.Sequential(nn.Unflatten(1, (1, 28)), *layers, nn.Flatten())  # a channel first, none last
        n_features = size * 16  # 4 x 4
        discriminator = (
            DcganClassifier(features, n_features, self.n_classes)
            if self.n_classes
            else DcganDiscriminator(features, n_features)
        )
        keras.initialise(discriminator)
        return discriminator


class DcganDiscriminator(Discriminator):
    """A convolutional discriminator that ignores labels.

    Args:
        features: from (N, 28, 28) to (N, n_features).
        n_features: the number of features.
    """

    def __init__(self, features: nn.Sequential, n_features: int) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(n_features, 1)

    def forward(self, images: Tensor, label: Tensor) -> Tensor:  # noqa: ARG002 - unconditional
        """Return logits: float32 (N,)."""
        logits: Tensor = self.head(self.features(images)).squeeze(1)
        return logits


class DcganClassifier(ClassifyingDiscriminator):
    """A convolutional discriminator that reads labels.

    Args:
        features: from (N, 28, 28) to (N, n_features).
        n_features: the number of features.
        n_classes: at least 2.
    """

    def __init__(self, features: nn.Sequential, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.features = features
        self.head = nn.Linear(n_features, 1)
        self.classes = nn.Linear(n_features, n_classes)

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, float32 (N,), and class logits, float32 (N, n_classes)."""
        features = self.features(images)
        return self.head(features).squeeze(1), self.classes(features)
