"""The textbook GAN with least squares instead of cross-entropy; networks and steps stay the same.

The Keras program shows the generator, in its own phase, the styles that the discriminator has just learned from; here
they are fresh. The losses are halved, as in the paper, and an image counts as taken for real if its logit is above one
half, midway between the targets 0 and 1.
"""

from dataclasses import replace

from . import mlp

RECIPE = replace(
    mlp.RECIPE,
    name="lsgan",
    description="The textbook GAN with squares in the place of cross-entropy.",
    source=(
        "Mao et al., 'Least squares generative adversarial networks' (2017), equation 9, in the form of Keras-GAN's "
        "lsgan.py."
    ),
    loss="least-squares",
)
