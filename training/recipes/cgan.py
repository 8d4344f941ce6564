"""A conditional GAN: the textbook GAN whose two networks are both told the digit.

The Keras program multiplies the style and the pixels by a vector learned for each class, so that a style near zero has
no class. Here the label is concatenated to them, as in the paper. The PyTorch program's squared distance instead of
cross-entropy is not repeated either.
"""

from ..networks.mlp import LabelledDiscriminatorConfig, MlpGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="cgan",
    description="The textbook GAN, told which digit to draw.",
    source=(
        "Mirza and Osindero, 'Conditional generative adversarial nets' (2014), section 4.1, with the sizes of "
        "Keras-GAN's cgan.py."
    ),
    generator=MlpGeneratorConfig(
        style_size=100, widths=(256, 512, 1024), batch_norm_momentum=0.2, batch_norm_eps=1e-3, n_classes=10
    ),
    discriminator=LabelledDiscriminatorConfig(n_classes=10, label_size=50, widths=(512, 512, 512), dropout=0.4),
    loss="bce",
    updates="separate",
    fakes_from="moving",
    adam=Adam(learning_rate=2e-4, beta1=0.5, beta2=0.999, eps=1e-7, decay="constant"),
    penalty=None,
    batch_size=32,
    sampling="with replacement",
    iterations=20_000,
    average_half_life_images=None,
    channels_last=False,
    log_every=200,
    sheet_every=200,
    checkpoint_every=1_000,
)
