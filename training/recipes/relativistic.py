"""A relativistic GAN: the discriminator says which image of a pair is the real one.

The PyTorch program overwrites the generator's relativistic loss with the plain one; here the relativistic loss is used.
Images have 28 x 28 pixels and come from the generator of `dcgan`, whose moving statistics keep a share of 0.8. The
discriminator has no batch normalisation, which would make the two logits of a pair depend on all the others.
"""

from ..networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="relativistic",
    description="A convolutional GAN whose discriminator compares a real image with a fake.",
    source=(
        "Jolicoeur-Martineau, 'The relativistic discriminator' (2018), section 4, in the form of PyTorch-GAN's "
        "relativistic_gan.py, on the generator of `dcgan`."
    ),
    generator=DcganGeneratorConfig(style_size=100, n_classes=0, channels=(128, 64), batch_norm_momentum=0.2),
    discriminator=DcganDiscriminatorConfig(
        channels=(16, 32, 64, 128), dropout=0.25, batch_norm_momentum=None, n_classes=0
    ),
    loss="relativistic",
    updates="joint",
    fakes_from="batch",
    adam=Adam(learning_rate=2e-4, beta1=0.5, beta2=0.999, eps=1e-8, decay="constant"),
    penalty=None,
    batch_size=64,
    sampling="by epoch",
    iterations=187_500,  # 200 epochs
    average_half_life_images=None,
    channels_last=True,
    log_every=100,
    sheet_every=400,
    checkpoint_every=500,
)
