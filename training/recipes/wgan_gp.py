"""Knows the Wasserstein GAN with gradient penalty, on the textbook GAN's networks.

Does not normalise in the critic or drop out there, as the Keras program does: the penalty is on the slope at one image,
and normalisation makes it depend on the others. There is one mixing share for each image, whatever the batch (there:
32 of them; in the PyTorch program's first version: one a pixel), the slope is the whole image's (there: each pixel's),
and Adam's values are the paper's.
"""

from training.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from training.recipes.recipe import Adam, Recipe, SlopePenalty

RECIPE = Recipe(
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
    iterations=37_500,  # 200 epochs of the critic
    average_half_life_images=None,
    channels_last=False,
    log_every=100,
    sheet_every=200,
    checkpoint_every=1_000,
    discriminator_phases=5,
)
