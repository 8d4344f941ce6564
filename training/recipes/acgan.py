"""An auxiliary classifier GAN: the discriminator is not told the digit but reads it.

The PyTorch program takes the softmax of a softmax, so its class loss cannot fall below 1.46, and the Keras program adds
a class for fakes that repeats the answer "fake". This recipe does neither: as in the paper there are ten classes, and a
fake counts as the digit that it was asked for, in both phases.
"""

from ..networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="acgan",
    description="A conditional convolutional GAN whose discriminator reads the digit.",
    source=(
        "Odena, Olah, Shlens, 'Conditional image synthesis with auxiliary classifier GANs' (2017), with the sizes of "
        "Keras-GAN's acgan.py."
    ),
    generator=DcganGeneratorConfig(style_size=100, n_classes=10, channels=(128, 64), batch_norm_momentum=0.2),
    discriminator=DcganDiscriminatorConfig(
        channels=(16, 32, 64, 128), dropout=0.25, batch_norm_momentum=0.2, n_classes=10
    ),
    loss="bce",
    updates="classifying",
    fakes_from="moving",
    adam=Adam(learning_rate=2e-4, beta1=0.5, beta2=0.999, eps=1e-7, decay="constant"),
    penalty=None,
    batch_size=32,
    sampling="with replacement",
    iterations=14_000,
    average_half_life_images=None,
    channels_last=True,
    log_every=50,
    sheet_every=200,
    checkpoint_every=500,
)
