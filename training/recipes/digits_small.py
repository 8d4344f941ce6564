"""The small tier: a student of `digits` over the same latents, at a third of the multiply-adds.

A seed means the same digit in both models, because the student is shown what the teacher makes of each latent
(docs/adr/0007-distillation.md). The discriminator also compares the student with real digits, which keeps its strokes
sharp; a mean difference alone would blur them. Training needs `--teacher exported/digits/1`.
"""

from ..networks.conv import ConvGeneratorConfig, ProjectionDiscriminatorConfig
from .recipe import Adam, Distillation, PostTraining, TrainingRecipe

RECIPE = TrainingRecipe(
    name="digits-small",
    description="A student of digits: the same latents, a third of the multiply-adds.",
    source=(
        "Romero et al., 'FitNets: hints for thin deep nets' (2015), for a student of features; Isola et al., "
        "'Image-to-image translation with conditional adversarial networks' (2017), equation 4, for absolute "
        "differences beside an adversarial loss."
    ),
    generator=ConvGeneratorConfig(style_size=64, n_classes=10, hidden=128, channels=(32, 14), blocks=(1, 1)),
    discriminator=ProjectionDiscriminatorConfig(
        n_classes=10, channels=(24, 48, 96), hidden=128, kernels=(3, 3, 3), spectral_norm=True
    ),
    loss="hinge",
    updates="distilling",
    fakes_from="batch",
    adam=Adam(learning_rate=1e-3, beta1=0.0, beta2=0.99, eps=1e-8, decay="linear"),
    penalty=None,
    batch_size=64,
    sampling="by epoch",
    iterations=20_000,
    average_half_life_images=44_000,
    channels_last=True,
    log_every=100,
    sheet_every=500,
    checkpoint_every=500,
    distillation=Distillation(pixels=10.0, features=1.0),
    post_training=PostTraining(),
)
