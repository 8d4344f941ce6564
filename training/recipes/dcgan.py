"""A deep convolutional GAN, in the form that its well-known Keras program gave it.

Normalisation comes before the activation, as in the paper; the program's first version has it after. The program's 0.8
is the share that the moving statistics keep; its PyTorch sibling passes 0.8 as eps. The discriminator uses batch
statistics in both phases; current Keras freezes them in the generator's phase. Strided convolutions are padded on both
sides, not on one.
"""

from ..networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="dcgan",
    description="The convolutional classic: enlarge and convolve, against a discriminator with dropout.",
    source=(
        "Radford, Metz, Chintala, 'Unsupervised representation learning with deep convolutional generative "
        "adversarial networks' (2016), in the form of Keras-GAN's dcgan.py."
    ),
    generator=DcganGeneratorConfig(style_size=100, n_classes=0, channels=(128, 64), batch_norm_momentum=0.2),
    discriminator=DcganDiscriminatorConfig(
        channels=(32, 64, 128, 256), dropout=0.25, batch_norm_momentum=0.2, n_classes=0
    ),
    loss="bce",
    updates="separate",  # so that a batch of real images and one of fakes are normalised each by itself
    fakes_from="moving",
    adam=Adam(learning_rate=2e-4, beta1=0.5, beta2=0.999, eps=1e-7, decay="constant"),
    penalty=None,
    batch_size=32,
    sampling="with replacement",
    iterations=4_000,
    average_half_life_images=None,
    channels_last=True,
    log_every=50,
    sheet_every=50,
    checkpoint_every=500,
)
