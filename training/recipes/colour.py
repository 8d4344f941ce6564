"""Small pictures in colour: 32 x 32 RGB by class, on anything from ten folders of pictures on.

The networks and the loss of `digits`, on grids of 8 x 8, 16 x 16 and 32 x 32, with batches of half the size and weights
that are averaged over fewer images, so that a run of minutes is not held back by its beginning. Like every
convolutional recipe it takes the size and the colours of the data; these are its defaults.
[The tutorial](tutorials/colour.md) trains it on pictures that a short program draws.
"""

from dataclasses import replace

from ..networks.conv import ConvGeneratorConfig, ProjectionDiscriminatorConfig
from . import digits

RECIPE = replace(
    digits.RECIPE,
    name="colour",
    description="A class-conditional convolutional GAN for small pictures in colour.",
    generator=ConvGeneratorConfig(
        style_size=64, n_classes=10, hidden=128, channels=(48, 24), blocks=(1, 1), n_channels=3, size=(32, 32)
    ),
    discriminator=ProjectionDiscriminatorConfig(
        n_classes=10,
        channels=(32, 64, 96),
        hidden=128,
        kernels=(4, 4, 4),
        spectral_norm=False,
        n_channels=3,
        size=(32, 32),
    ),
    batch_size=32,
    iterations=6_000,
    average_half_life_images=16_000,
)
