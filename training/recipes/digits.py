"""The model that the service serves by default: class-conditional digits, made to look good.

This project's own recipe. The learning rate falls to 0 by the end of the run, which `--budget` or `--iterations` set.
Attempts to improve on it are listed below.
"""

from ..networks.conv import ConvGeneratorConfig, ProjectionDiscriminatorConfig
from .recipe import Adam, GradientPenalty, PostTraining, TrainingRecipe

RECIPE = TrainingRecipe(
    name="digits",
    description="Class-conditional convolutional GAN with an averaged generator.",
    source=(
        "Huang et al., 'The GAN is dead; long live the GAN!' (2024): paired relativistic loss with R1 and R2; "
        "Miyato and Koyama, 'cGANs with projection discriminator' (2018); "
        "Karras et al., 'Progressive growing of GANs' (2018), section 3: Adam without momentum, averaged weights."
    ),
    generator=ConvGeneratorConfig(style_size=64, n_classes=10, hidden=192, channels=(64, 24), blocks=(1, 1)),
    discriminator=ProjectionDiscriminatorConfig(
        n_classes=10, channels=(32, 64, 128), hidden=128, kernels=(4, 4, 3), spectral_norm=False
    ),
    loss="relativistic",
    updates="joint",
    fakes_from="batch",
    adam=Adam(learning_rate=1e-3, beta1=0.0, beta2=0.99, eps=1e-8, decay="linear"),
    penalty=GradientPenalty(gamma=0.02, every=8),
    batch_size=64,
    sampling="by epoch",
    iterations=30_000,
    average_half_life_images=44_000,  # a decay of 0.999 an iteration
    channels_last=True,
    log_every=100,
    sheet_every=500,
    checkpoint_every=500,
    post_training=PostTraining(),
)
