"""A test that everything works: all ten digits, plain to see after half a minute on one core.

`digits` made small, with small batches, twice the learning rate, a hinge loss and spectral normalisation. By
measurement this is the fastest way to recognisable digits; in the long run it loses variety.
"""

from dataclasses import replace

from ..networks.conv import ConvGeneratorConfig, ProjectionDiscriminatorConfig
from . import digits
from .recipe import PostTraining

RECIPE = replace(
    digits.RECIPE,
    name="smoke",
    description="A small conditional convolutional GAN that learns ten digits in half a minute.",
    generator=ConvGeneratorConfig(style_size=32, n_classes=10, hidden=96, channels=(32, 16), blocks=(1, 1)),
    discriminator=ProjectionDiscriminatorConfig(
        n_classes=10, channels=(16, 32, 64), hidden=64, kernels=(5, 5, 5), spectral_norm=True
    ),
    loss="hinge",
    penalty=None,
    adam=replace(digits.RECIPE.adam, learning_rate=2e-3),
    batch_size=32,
    iterations=600,
    log_every=50,
    sheet_every=200,
    checkpoint_every=200,
    post_training=PostTraining(
        feature_iterations=60, iterations=30, full_after=600, batch_size=48, n_real=48, average_half_life=10.0
    ),
)
