"""The interfaces of all networks: a generator's inputs and images, and a discriminator's images and logits."""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

Size = tuple[int, int]  # height and width in pixels


def with_channels(images: Tensor) -> Tensor:
    """Return images as (N, C, H, W): grey ones (N, H, W) get a dimension for their channel."""
    return images.unsqueeze(1) if images.dim() == 3 else images


class Generator(nn.Module):
    """A network from styles and labels to images.

    Args:
        style_size: components of a style.
        n_classes: 0 for an unconditional generator.
        layers: from (N, style_size + n_classes) to images in -1..1, style first, then the label one-hot. They are one
            `nn.Sequential`, so that `training.graphs.folding` can read them.
    """

    def __init__(self, style_size: int, n_classes: int, layers: nn.Sequential) -> None:
        super().__init__()
        self.style_size = style_size
        self.n_classes = n_classes
        self.layers = layers

    def forward(self, style: Tensor, label: Tensor) -> Tensor:
        """Return images: float32 (N, H, W) in -1..1 if they are grey, otherwise (N, C, H, W).

        Args:
            style: float32 (N, style_size), standard normal.
            label: int64 (N,), 0..n_classes - 1; an unconditional generator ignores it.
        """
        if self.n_classes:
            style = torch.cat([style, functional.one_hot(label, self.n_classes).to(style.dtype)], dim=1)
        images: Tensor = self.layers(style)
        return images


class Discriminator(nn.Module):
    """A network from images and labels to logits, which are higher for images that look real."""

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        """Return logits: float32 (N,).

        Args:
            images: float32 (N, H, W) or (N, C, H, W) in -1..1.
            label: int64 (N,); an unconditional discriminator ignores it.
        """
        raise NotImplementedError


class ClassifyingDiscriminator(Discriminator):
    """A discriminator that reads an image's label instead of being told it."""

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, float32 (N,), and class logits, float32 (N, n_classes), before any softmax.

        Args:
            images: float32 (N, H, W) or (N, C, H, W) in -1..1.
        """
        raise NotImplementedError

    def forward(self, images: Tensor, label: Tensor) -> Tensor:  # noqa: ARG002 - read, not told
        """Return logits: float32 (N,)."""
        return self.read(images)[0]


class PerceivingDiscriminator(Discriminator):
    """A discriminator that also returns the features from which it computes its logit."""

    def perceive(self, images: Tensor, label: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return logits, float32 (N,), and features, layer by layer: float32 (N, ...).

        Args:
            images: float32 (N, H, W) or (N, C, H, W) in -1..1.
            label: int64 (N,).
        """
        raise NotImplementedError

    def forward(self, images: Tensor, label: Tensor) -> Tensor:
        """Return logits: float32 (N,)."""
        return self.perceive(images, label)[0]


class GeneratorConfig(Protocol):
    """A recipe's choice of generator; each family's dataclass lists its own sizes."""

    def build(self) -> Generator:
        """Return the network, initialised from torch's global random state."""
        ...


class DiscriminatorConfig(Protocol):
    """A recipe's choice of discriminator."""

    def build(self) -> Discriminator:
        """Return the network, initialised from torch's global random state."""
        ...
