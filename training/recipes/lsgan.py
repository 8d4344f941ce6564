"""Knows the least-squares GAN: the textbook GAN, its networks and its steps, with another loss.

Does not show the generator in its own phase the styles that the discriminator has just learned from, as the Keras
program does; and counts an image as taken for real above one half, between the answers 0 and 1, however far above.
"""

from dataclasses import replace

from training.recipes import mlp

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
