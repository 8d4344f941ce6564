"""Knows the adversarial losses and their penalties, as pure functions of logits and gradients.

Does not know networks' insides, optimisers or when a loss is used: recipes name it, `training.phases` applies it.

``real`` and ``fake`` are logits, float32 (N,), pairwise of the same labels where there are labels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.networks.base import Discriminator


@dataclass(frozen=True)
class Loss:
    """One game between generator and discriminator.

    Args:
        on_real: the discriminator's loss on real images alone, where it can be split so.
        on_fake: the discriminator's loss on fakes alone, likewise.
        discriminator: (real, fake) -> scalar; both at once.
        generator: (real, fake) -> scalar.
        accuracy: (real, fake) -> the share the discriminator tells apart, 0..1, scalar.
        is_paired: whether the generator's loss looks at real logits too.
    """

    on_real: Callable[[Tensor], Tensor] | None
    on_fake: Callable[[Tensor], Tensor] | None
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    accuracy: Callable[[Tensor, Tensor], Tensor]
    is_paired: bool


def bce_real(logits: Tensor) -> Tensor:
    """Return the binary cross-entropy of logits against the answer "real", -log sigmoid(x), averaged."""
    return functional.softplus(-logits).mean()


def bce_fake(logits: Tensor) -> Tensor:
    """Return the binary cross-entropy of logits against the answer "fake", -log(1 - sigmoid(x)), averaged."""
    return functional.softplus(logits).mean()


def hinge_real(logits: Tensor) -> Tensor:
    """Return max(0, 1 - x), averaged."""
    return functional.relu(1 - logits).mean()


def hinge_fake(logits: Tensor) -> Tensor:
    """Return max(0, 1 + x), averaged."""
    return functional.relu(1 + logits).mean()


def relativistic(winner: Tensor, loser: Tensor) -> Tensor:
    """Return softplus(loser - winner), averaged over pairs: small where the winner's logit is the higher one."""
    return functional.softplus(loser - winner).mean()


def gradient_penalty(discriminator: Discriminator, images: Tensor, label: Tensor) -> Tensor:
    """Return the squared norm of the logits' gradient by the images, averaged: R1 on real images, R2 on fakes.

    Source: Mescheder, Geiger, Nowozin, "Which training methods for GANs do actually converge?" (ICML 2018), equation
    9 and below; the factor gamma / 2 is the caller's.
    """
    images = images.detach().requires_grad_()
    logits = discriminator(images, label)
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


def share_right(real: Tensor, fake: Tensor) -> Tensor:
    """Return the share of images on their side of logit 0: sigmoid's threshold of one half."""
    return ((real > 0).float().mean() + (fake < 0).float().mean()) / 2


def share_ordered(real: Tensor, fake: Tensor) -> Tensor:
    """Return the share of pairs whose real image has the higher logit."""
    return (real > fake).float().mean()


LOSSES = {
    # Goodfellow et al., "Generative adversarial nets" (2014), section 3, with the generator's non-saturating form.
    "bce": Loss(
        on_real=bce_real,
        on_fake=bce_fake,
        discriminator=lambda real, fake: (bce_real(real) + bce_fake(fake)) / 2,
        generator=lambda _real, fake: bce_real(fake),
        accuracy=share_right,
        is_paired=False,
    ),
    # Miyato et al., "Spectral normalization for generative adversarial networks" (2018), equations 16 and 17.
    "hinge": Loss(
        on_real=hinge_real,
        on_fake=hinge_fake,
        discriminator=lambda real, fake: hinge_real(real) + hinge_fake(fake),
        generator=lambda _real, fake: -fake.mean(),
        accuracy=share_right,
        is_paired=False,
    ),
    # Jolicoeur-Martineau, "The relativistic discriminator" (2018), section 4, with Huang et al., "The GAN is dead;
    # long live the GAN!" (2024), equation 2.
    "relativistic": Loss(
        on_real=None,
        on_fake=None,
        discriminator=relativistic,
        generator=lambda real, fake: relativistic(fake, real),
        accuracy=share_ordered,
        is_paired=True,
    ),
}
