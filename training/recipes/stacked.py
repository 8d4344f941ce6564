"""The standard test of mode collapse: three digits as the channels of one image.

Not a model to serve: `digitgan stacks RUN` counts how many of the 1,000 numbers it draws
(docs/benchmarks/stacked.md). The authors of the loss found that it needs both penalties: without the one on
fakes, training fails. They weigh much more here than in `digits`, because the modes come sooner.
"""

from ..networks.conv import ConvGeneratorConfig, StackDiscriminatorConfig
from .recipe import Adam, GradientPenalty, TrainingRecipe

RECIPE = TrainingRecipe(
    name="stacked",
    description="Three digits as the channels of one image: the standard test of mode collapse.",
    source=(
        "Metz et al., 'Unrolled generative adversarial networks' (2017), section 3.3.1, and Lin et al., 'PacGAN' "
        "(2018), section 4.2: the test; Huang et al., 'The GAN is dead; long live the GAN!' (2024): the loss and its "
        "penalties."
    ),
    generator=ConvGeneratorConfig(
        style_size=64, n_classes=0, hidden=192, channels=(64, 32), blocks=(1, 1), n_channels=3
    ),
    discriminator=StackDiscriminatorConfig(n_channels=3, channels=(32, 64, 128), hidden=128, kernel=3),
    loss="relativistic",
    updates="joint",
    fakes_from="batch",
    adam=Adam(learning_rate=1e-3, beta1=0.0, beta2=0.99, eps=1e-8, decay="linear"),
    penalty=GradientPenalty(gamma=10.0, every=4),
    batch_size=64,
    sampling="with replacement",
    iterations=20_000,
    average_half_life_images=44_000,
    channels_last=True,
    log_every=100,
    sheet_every=500,
    checkpoint_every=500,
    stacks_digits=True,
)
