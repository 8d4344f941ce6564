"""A Wasserstein GAN with gradient penalty, on the networks of the textbook GAN.

The Keras program normalises and drops out in the critic, although the penalty is on the slope at one image and
normalisation makes that depend on the others; it also fixes the batch at 32. The first version of the PyTorch program
draws one mixing share and one slope per pixel. Here there is one of each per image, no normalisation in the critic, and
Adam has the paper's settings.
"""

from ..networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from .recipe import Adam, SlopePenalty, TrainingRecipe

RECIPE = TrainingRecipe(
    name="wgan-gp",
    description="The textbook GAN's networks, trained to shrink the earth mover's distance.",
    source=(
        "Gulrajani et al., 'Improved training of Wasserstein GANs' (2017), algorithm 1, with the length of "
        "PyTorch-GAN's wgan_gp.py."
    ),
    generator=MlpGeneratorConfig(style_size=100, widths=(256, 512, 1024), batch_norm_momentum=0.2, batch_norm_eps=1e-3),
    discriminator=MlpDiscriminatorConfig(widths=(512, 256)),
    loss="wasserstein",
    updates="joint",
    fakes_from="batch",
    adam=Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9, eps=1e-8, decay="constant"),
    penalty=SlopePenalty(weight=10.0),
    batch_size=64,
    sampling="by epoch",
    iterations=37_500,  # 200 epochs for the critic
    average_half_life_images=None,
    channels_last=False,
    log_every=100,
    sheet_every=200,
    checkpoint_every=1_000,
    discriminator_phases=5,
)
