"""The textbook GAN, value by value as in the Keras program that popularised it.

Nothing is improved: no average, no schedule, and the digits are as speckled as they always were. PyTorch copies of the
program pass Keras's momentum of 0.8 as eps.
"""

from ..networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="mlp",
    description="The textbook GAN: two multilayer perceptrons and binary cross-entropy.",
    source="Goodfellow et al., 'Generative adversarial nets' (2014), in the form of Keras-GAN's gan.py (2ccd7cd).",
    generator=MlpGeneratorConfig(
        style_size=100,
        widths=(256, 512, 1024),
        batch_norm_momentum=0.2,  # Keras writes 0.8: the share it keeps
        batch_norm_eps=1e-3,  # Keras's default; PyTorch's is 1e-5
    ),
    discriminator=MlpDiscriminatorConfig(widths=(512, 256)),
    loss="bce",
    updates="separate",
    fakes_from="moving",  # Keras's predict
    adam=Adam(
        learning_rate=2e-4,
        beta1=0.5,
        beta2=0.999,
        eps=1e-7,  # Keras's default; PyTorch's is 1e-8
        decay="constant",
    ),
    penalty=None,
    batch_size=32,
    sampling="with replacement",
    iterations=30_000,
    average_half_life_images=None,
    channels_last=False,
    log_every=200,
    sheet_every=200,
    checkpoint_every=1_000,
)
