"""Knows the adversarial losses, their penalties and a student's, as pure functions of logits, gradients, features.

Does not know networks' insides, optimisers or when a loss is used: recipes name it, `training.phases` applies it.

``real`` and ``fake`` are logits, float32 (N,), pairwise of the same labels where there are labels.
"""

from collections.abc import Callable, Sequence
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


def square_real(logits: Tensor) -> Tensor:
    """Return half the squared distance from 1, averaged."""
    return (logits - 1).square().mean() / 2


def square_fake(logits: Tensor) -> Tensor:
    """Return half the squared distance from 0, averaged."""
    return logits.square().mean() / 2


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


def slope_penalty(discriminator: Discriminator, images: Tensor, fakes: Tensor, label: Tensor, share: Tensor) -> Tensor:
    """Return the squared distance from 1 of the gradient's norm, image by image, averaged.

    Source: Gulrajani et al., "Improved training of Wasserstein GANs" (2017), equation 3; lambda is the caller's.

    Args:
        discriminator: without batch statistics, or the gradient would not be one image's own.
        images: float32 (N, 28, 28), real.
        fakes: float32 (N, 28, 28).
        label: int64 (N,).
        share: float32 (N, 1, 1), uniform in 0..1: of the real image in the point where the gradient is taken.
    """
    between = (share * images + (1 - share) * fakes).detach().requires_grad_()
    logits = discriminator(between, label)
    (gradient,) = torch.autograd.grad(logits.sum(), between, create_graph=True)
    norm: Tensor = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return (norm - 1).square().mean()


def feature_difference(features: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference of features, in units of those that are wanted, averaged over layers.

    Without that unit the layer with the largest numbers would be the only one that counts.

    Args:
        features: layer by layer, float32 (N, ...).
        wanted: of the same shapes.
    """
    layers = [(mine - its).abs().mean() / its.abs().mean() for mine, its in zip(features, wanted, strict=True)]
    return torch.stack(layers).mean()


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
    # The same two, added up instead of averaged.
    "bce-sum": Loss(
        on_real=bce_real,
        on_fake=bce_fake,
        discriminator=lambda real, fake: bce_real(real) + bce_fake(fake),
        generator=lambda _real, fake: bce_real(fake),
        accuracy=share_right,
        is_paired=False,
    ),
    # Mao et al., "Least squares generative adversarial networks" (2017), equation 9. The boundary is halfway.
    "least-squares": Loss(
        on_real=square_real,
        on_fake=square_fake,
        discriminator=lambda real, fake: square_real(real) + square_fake(fake),
        generator=lambda _real, fake: square_real(fake),
        accuracy=lambda real, fake: share_right(real - 0.5, fake - 0.5),
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
    # Arjovsky et al., "Wasserstein GAN" (2017), equations 2 and 3: a difference of means, for a critic held smooth.
    "wasserstein": Loss(
        on_real=lambda real: -real.mean(),
        on_fake=lambda fake: fake.mean(),
        discriminator=lambda real, fake: fake.mean() - real.mean(),
        generator=lambda _real, fake: -fake.mean(),
        accuracy=share_ordered,  # a critic's zero means nothing
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
