"""The textbook GAN in its PyTorch form: smaller, without normalisation, with Adam's default settings.

Nothing is improved. The program's discriminator step also computes the generator's gradients and throws them away; here
that step computes none, which does not change what is learned.
"""

from ..networks.mlp import TorchMlpDiscriminatorConfig, TorchMlpGeneratorConfig
from .recipe import Adam, TrainingRecipe

RECIPE = TrainingRecipe(
    name="mlp-torch",
    description="The textbook GAN's PyTorch sibling: two small perceptrons without normalisation.",
    source="Goodfellow et al., 'Generative adversarial nets' (2014), in the form of BeierZhu's GAN-MNIST-Pytorch.",
    generator=TorchMlpGeneratorConfig(style_size=64, widths=(256, 256)),
    discriminator=TorchMlpDiscriminatorConfig(widths=(256, 256)),
    loss="bce-sum",
    updates="joint",
    fakes_from="batch",  # without normalisation both are the same
    adam=Adam(learning_rate=2e-4, beta1=0.9, beta2=0.999, eps=1e-8, decay="constant"),
    penalty=None,
    batch_size=32,
    sampling="by epoch",
    iterations=562_500,  # 300 epochs
    average_half_life_images=None,
    channels_last=False,
    log_every=200,
    sheet_every=1_875,  # an epoch
    checkpoint_every=1_875,
)
