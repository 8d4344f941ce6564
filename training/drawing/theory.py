"""What GAN theory says about a run's own figures: the value of the game, and distances that a loss proves.

Logarithms are natural, so entropies are in nats.
"""

import math
from dataclasses import dataclass

from ..losses import LOG_2, Loss


@dataclass(frozen=True)
class Equilibrium:
    """What one line of the history says about the distance between real and generated images.

    Args:
        value: of the min-max game, E log D(x) + E log(1 - D(G(z))); -log 4 in equilibrium.
        divergence: lower bound of the Jensen-Shannon divergence, 0 (alike) to log 2 (certainly told apart).
    """

    value: float
    divergence: float


def equilibrium(loss: Loss, discriminator_loss: float) -> Equilibrium | None:
    """Return what a discriminator loss proves about the divergence; None if the loss is not a cross-entropy.

    For the best discriminator the value is -log 4 + 2 JS (Goodfellow et al., "Generative adversarial nets", 2014,
    theorem 1), and any other reaches less. So JS >= log 2 - L, where L is the mean cross-entropy. This holds for images
    that the discriminator has not memorised, which is not quite true of training images. If the loss compares pairs,
    the divergence is that of ordered pairs, (real, generated) against (generated, real); it is 0 if that of images is.
    """
    if loss.proves != "divergence":
        return None
    entropy = LOG_2 / loss.undecided * discriminator_loss
    return Equilibrium(value=-2 * entropy, divergence=min(max(LOG_2 - entropy, 0.0), LOG_2))


def variation(loss: Loss, discriminator_loss: float) -> float | None:
    """Return a lower bound, 0..1, of the total variation distance; None if the loss proves none.

    Where real and generated images have densities p and q, the least hinge loss is 2 min(p, q), which integrates to
    2 (1 - TV). So TV >= 1 - L / 2, and 2 is the loss of a discriminator that cannot decide.
    """
    if loss.proves != "variation":
        return None
    return min(max(1 - discriminator_loss / loss.undecided, 0.0), 1.0)


def cross_entropy(p: float, q: float) -> float:
    """Return -p log q - (1 - p) log(1 - q), with p in 0..1 and q between 0 and 1."""
    return -p * math.log(q) - (1 - p) * math.log(1 - q)


def kl_divergence(p: float, q: float) -> float:
    """Return the Kullback-Leibler divergence of two coins with probabilities p and q of heads, between 0 and 1."""
    return cross_entropy(p, q) - cross_entropy(p, p)
