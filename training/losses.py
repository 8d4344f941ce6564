"""Adversarial losses with their descriptions, and the penalties that recipes add to them.

`LOSSES` describes each loss once. Recipes, training phases, reports and the documentation read it from there; a new
loss is a new entry. ``real`` and ``fake`` are always logits, float32 (N,), paired by label where there are labels.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from .networks.base import Discriminator

LOG_2 = math.log(2)

Evidence = Literal["divergence", "variation"]
HalfLoss = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Loss(ABC):
    """An adversarial loss: what both networks minimise, and what the discriminator's loss says about the images.

    Args:
        name: as recipes spell it.
        title: for people.
        source: the paper, with the section or equation.
        undecided: the loss of a discriminator that cannot tell real images from generated ones.
        least: no discriminator loss is below this; ``-math.inf`` where there is no bound.
        proves: which distance between real and generated images the discriminator loss bounds from below:
            ``divergence`` for Jensen-Shannon, ``variation`` for total variation, None where it bounds neither. See
            `training.drawing.theory`.
        needs_penalty: whether the discriminator's slope must be bounded by a gradient penalty.
    """

    name: str
    title: str
    source: str
    undecided: float
    least: float
    proves: Evidence | None
    needs_penalty: bool = False

    @property
    @abstractmethod
    def compares(self) -> Literal["images", "pairs"]:
        """What the discriminator is trained on: single images, or pairs of a real and a generated image."""

    @property
    @abstractmethod
    def accuracy_counts(self) -> Literal["images", "pairs"]:
        """What `accuracy` is a share of."""

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, a scalar."""

    @abstractmethod
    def generator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the generator's loss, a scalar. Only a loss that compares pairs reads ``real``."""

    @abstractmethod
    def accuracy(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the share that the discriminator gets right, 0..1, a scalar."""


@dataclass(frozen=True, kw_only=True)
class ImageLoss(Loss):
    """A loss that looks at one image at a time, so that the discriminator can step on real and fake images separately.

    Args:
        on_real: the discriminator's loss on real images.
        on_fake: the discriminator's loss on fakes.
        for_generator: the generator's loss on fakes.
        weight: of the sum of ``on_real`` and ``on_fake`` in a joint step.
        boundary: the logit that separates real from fake; None if a logit has a meaning only beside another.
    """

    on_real: HalfLoss
    on_fake: HalfLoss
    for_generator: HalfLoss
    weight: float = 1.0
    boundary: float | None = 0.0

    @property
    def compares(self) -> Literal["images", "pairs"]:
        """Images, one at a time."""
        return "images"

    @property
    def accuracy_counts(self) -> Literal["images", "pairs"]:
        """Images where there is a boundary between real and fake; without one, pairs in the right order."""
        return "pairs" if self.boundary is None else "images"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the weighted sum of the losses on real images and on fakes."""
        return (self.on_real(real) + self.on_fake(fake)) * self.weight

    def generator(self, real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG002 - the signature of all losses
        """Return the generator's loss, which does not depend on real images."""
        return self.for_generator(fake)

    def accuracy(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the share of images on the right side of the boundary, or of pairs in the right order."""
        if self.boundary is None:
            return _share_ordered(real, fake)
        return ((real > self.boundary).float().mean() + (fake < self.boundary).float().mean()) / 2


@dataclass(frozen=True, kw_only=True)
class PairLoss(Loss):
    """A loss that looks at pairs of a real and a generated image; both networks play the same game, mirrored.

    Args:
        on_pair: (logits that should be higher, logits that should be lower) -> scalar.
    """

    on_pair: Callable[[Tensor, Tensor], Tensor]

    @property
    def compares(self) -> Literal["images", "pairs"]:
        """Pairs."""
        return "pairs"

    @property
    def accuracy_counts(self) -> Literal["images", "pairs"]:
        """Pairs."""
        return "pairs"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, which falls as real images are rated above fakes."""
        return self.on_pair(real, fake)

    def generator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the generator's loss, which falls as fakes are rated above real images."""
        return self.on_pair(fake, real)

    def accuracy(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the share of pairs whose real image has the higher logit."""
        return _share_ordered(real, fake)


def _share_ordered(real: Tensor, fake: Tensor) -> Tensor:
    return (real > fake).float().mean()


def bce_real(logits: Tensor) -> Tensor:
    """Return the binary cross-entropy of logits against the answer "real", -log sigmoid(x), averaged."""
    return functional.softplus(-logits).mean()


def bce_fake(logits: Tensor) -> Tensor:
    """Return the binary cross-entropy of logits against the answer "fake", -log(1 - sigmoid(x)), averaged."""
    return functional.softplus(logits).mean()


def _half_square(logits: Tensor, target: float) -> Tensor:
    return (logits - target).square().mean() / 2


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        ImageLoss(
            name="bce",
            title="Binary cross-entropy",
            source="Goodfellow et al., 'Generative adversarial nets' (2014), section 3, non-saturating form",
            undecided=LOG_2,
            least=0.0,
            proves="divergence",
            on_real=bce_real,
            on_fake=bce_fake,
            for_generator=bce_real,
            weight=0.5,
        ),
        ImageLoss(
            name="bce-sum",
            title="Binary cross-entropy, summed over real and fake instead of averaged",
            source="Goodfellow et al., 'Generative adversarial nets' (2014), section 3, non-saturating form",
            undecided=2 * LOG_2,
            least=0.0,
            proves="divergence",
            on_real=bce_real,
            on_fake=bce_fake,
            for_generator=bce_real,
        ),
        ImageLoss(
            name="least-squares",
            title="Least squares",
            source="Mao et al., 'Least squares generative adversarial networks' (2017), equation 9",
            undecided=0.25,
            least=0.0,
            proves=None,
            on_real=lambda real: _half_square(real, 1),
            on_fake=lambda fake: _half_square(fake, 0),
            for_generator=lambda fake: _half_square(fake, 1),
            boundary=0.5,
        ),
        ImageLoss(
            name="hinge",
            title="Hinge",
            source=(
                "Miyato et al., 'Spectral normalization for generative adversarial networks' (2018), equations 16 "
                "and 17"
            ),
            undecided=2.0,
            least=0.0,
            proves="variation",
            on_real=lambda real: functional.relu(1 - real).mean(),
            on_fake=lambda fake: functional.relu(1 + fake).mean(),
            for_generator=lambda fake: -fake.mean(),
        ),
        ImageLoss(
            name="wasserstein",
            title="Wasserstein: the difference of mean logits",
            source="Arjovsky et al., 'Wasserstein GAN' (2017), equations 2 and 3",
            undecided=0.0,
            least=-math.inf,
            proves=None,
            needs_penalty=True,
            on_real=lambda real: -real.mean(),
            on_fake=lambda fake: fake.mean(),
            for_generator=lambda fake: -fake.mean(),
            boundary=None,
        ),
        PairLoss(
            name="relativistic",
            title="Relativistic, paired",
            source=(
                "Jolicoeur-Martineau, 'The relativistic discriminator' (2018), section 4; Huang et al., 'The GAN is "
                "dead; long live the GAN!' (2024), equation 2"
            ),
            undecided=LOG_2,
            least=0.0,
            proves="divergence",
            on_pair=lambda higher, lower: functional.softplus(lower - higher).mean(),
        ),
    )
}


def gradient_penalty(discriminator: Discriminator, images: Tensor, label: Tensor) -> Tensor:
    """Return the mean squared norm of the logits' gradient with respect to the images: R1 on real images, R2 on fakes.

    Source: Mescheder, Geiger, Nowozin, "Which training methods for GANs do actually converge?" (ICML 2018), equation
    9 and below. The caller multiplies by gamma / 2.
    """
    images = images.detach().requires_grad_()
    logits = discriminator(images, label)
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


def slope_penalty(discriminator: Discriminator, images: Tensor, fakes: Tensor, label: Tensor, share: Tensor) -> Tensor:
    """Return the mean squared distance of each image's gradient norm from 1.

    Source: Gulrajani et al., "Improved training of Wasserstein GANs" (2017), equation 3. The caller multiplies by
    lambda.

    Args:
        discriminator: without batch statistics, which would make one image's gradient depend on the others.
        images: float32 (N, H, W) or (N, C, H, W), real.
        fakes: of the same shape.
        label: int64 (N,).
        share: float32 (N,), uniform in 0..1: the real image's share in the point where the gradient is taken.
    """
    share = share.reshape(-1, *[1] * (images.dim() - 1))
    between = (share * images + (1 - share) * fakes).detach().requires_grad_()
    logits = discriminator(between, label)
    (gradient,) = torch.autograd.grad(logits.sum(), between, create_graph=True)
    norm: Tensor = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return (norm - 1).square().mean()


def feature_difference(features: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference of features relative to the wanted ones' size, averaged over layers.

    The difference is relative because otherwise only the layer with the largest values would count.

    Args:
        features: layer by layer, float32 (N, ...).
        wanted: of the same shapes.
    """
    layers = [(mine - its).abs().mean() / its.abs().mean() for mine, its in zip(features, wanted, strict=True)]
    return torch.stack(layers).mean()
