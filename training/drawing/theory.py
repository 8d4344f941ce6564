"""Knows what the theory of the game says of a run's own figures: min-max value, divergence, what 50 % means.

Does not know files or pictures. Natural logarithms throughout: entropies are in nats.
"""

import math
from dataclasses import dataclass

LOG_2 = math.log(2)

# What a discriminator loss is multiplied by to be a mean cross-entropy: of images, or of ordered pairs.
_CROSS_ENTROPIES = {"bce": 1.0, "bce-sum": 0.5, "relativistic": 1.0}


@dataclass(frozen=True)
class Equilibrium:
    """What one line of the history says about how far apart real and generated images are.

    Args:
        value: of the min-max game, E log D(x) + E log(1 - D(G(z))); -log 4 in equilibrium.
        divergence: Jensen-Shannon, at least this much, 0 (alike) to log 2 (told apart for certain).
    """

    value: float
    divergence: float


def read_off(loss: str, discriminator_loss: float) -> Equilibrium | None:
    """Return what a discriminator's own loss proves; None where its loss is no cross-entropy.

    For the best discriminator the value is -log 4 + 2 JS (Goodfellow et al., "Generative adversarial nets", 2014,
    theorem 1), and any other one reaches less: so JS >= log 2 - L, with L the mean cross-entropy. It holds for images
    that the discriminator has not learned by heart, which training images are not quite. With a paired loss it is
    about ordered pairs (real, generated) against (generated, real), whose divergence is 0 where that of the images is.
    """
    if loss not in _CROSS_ENTROPIES:
        return None
    entropy = _CROSS_ENTROPIES[loss] * discriminator_loss
    return Equilibrium(
        value=-2 * entropy,
        divergence=min(max(LOG_2 - entropy, 0.0), LOG_2),
    )


def hinge_variation(discriminator_loss: float) -> float:
    """Return the total variation distance that a hinge loss proves, at least this much, 0..1.

    At a point of densities p and q the least hinge loss is 2 min(p, q), which sums to 2 (1 - TV): so TV >= 1 - L / 2.
    """
    return min(max(1 - discriminator_loss / 2, 0.0), 1.0)


def is_paired(loss: str) -> bool:
    """Return whether accuracy, and what follows from it, is about pairs of images."""
    return loss in ("relativistic", "wasserstein")


def cross_entropy(p: float, q: float) -> float:
    """Return -p log q - (1 - p) log(1 - q), with p and q in 0..1, both ends of q excluded."""
    return -p * math.log(q) - (1 - p) * math.log(1 - q)


def kl_divergence(p: float, q: float) -> float:
    """Return the Kullback-Leibler divergence of two coins, heads with probability p and q, both inside 0..1."""
    return cross_entropy(p, q) - cross_entropy(p, p)
