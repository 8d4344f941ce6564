"""Changes digits at random before the discriminator sees them, so that it does not memorise a small data set.

Real and generated digits pass through the same layer, and gradients flow through it to the generator. If only real ones
were changed, the generator would learn to draw changed digits.

Source: Zhao et al., "Differentiable augmentation for data-efficient GAN training" (2020), equations 4 and 5; without
changes of colour and flips, which do not suit digits.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

_BLACK = -1.0


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """The random changes of each image.

    Args:
        max_shift: the most pixels that it moves vertically and horizontally; black fills the gap.
        cutout: side in pixels of a square at a random place that turns black; 0 for none.
    """

    max_shift: int
    cutout: int


class Augment(nn.Module):
    """A layer that augments in training and does nothing in evaluation mode, as dropout does.

    Like dropout, it draws from torch's global random state, which checkpoints contain.

    Args:
        augmentation: the changes.
    """

    def __init__(self, augmentation: Augmentation) -> None:
        super().__init__()
        self.augmentation = augmentation

    def forward(self, images: Tensor) -> Tensor:
        """Return images, each changed independently: float32 (N, C, H, W) in -1..1."""
        if not self.training:
            return images
        images = shifted(images, self.augmentation.max_shift)
        return cut_out(images, self.augmentation.cutout) if self.augmentation.cutout else images


def shifted(images: Tensor, max_shift: int) -> Tensor:
    """Return images (N, C, H, W), each moved by a random whole number of pixels in both directions."""
    n, _, height, width = images.shape
    padded = functional.pad(images, [max_shift] * 4, value=_BLACK)
    down, right = torch.randint(2 * max_shift + 1, (2, n, 1))
    rows, columns = torch.arange(height) + down, torch.arange(width) + right  # (N, H) and (N, W)
    chosen = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]  # (N, H, W, C)
    return chosen.movedim(-1, 1)


def cut_out(images: Tensor, side: int) -> Tensor:
    """Return images (N, C, H, W), each with a black square centred at a random place."""
    n, _, height, width = images.shape
    rows = _within(torch.randint(height, (n, 1)), height, side)
    columns = _within(torch.randint(width, (n, 1)), width, side)
    square = (rows[:, :, None] & columns[:, None, :]).unsqueeze(1)
    return images.masked_fill(square.to(images.device), _BLACK)


def _within(centre: Tensor, length: int, side: int) -> Tensor:
    """Return which positions lie within a stretch around a centre: bool (N, length), for centres (N, 1)."""
    start = centre - side // 2
    places = torch.arange(length)
    return (places >= start) & (places < start + side)
