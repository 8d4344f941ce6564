"""Changes digits at random as pens, writers and scanners do, so that an encoder also reads what MNIST does not hold."""

import torch
from torch import Tensor
from torch.nn import functional

_TURN = 0.15  # radians, to either side, as the figures below
_SLANT = 0.2
_SCALE = 0.1  # of the logarithms of width and height
_SHIFT = 1.5  # pixels
_THICKENING = (-0.3, 0.6)  # shares of an erosion, if negative, or a dilation by one pixel
_BLUR = 0.6  # the largest share of a binomial blur
_GAMMA = 0.5  # of the exponent's logarithm

_BINOMIAL = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]).reshape(1, 1, 3, 3) / 16


def distorted(images: Tensor) -> Tensor:
    """Return images, each turned, slanted, scaled, moved, thickened or thinned, blurred and toned by chance.

    It draws from torch's global random state.

    Args:
        images: float32 (N, 28, 28) in -1..1.
    """
    ink = moved((images.unsqueeze(1) + 1) / 2)
    share = _uniform(len(ink), *_THICKENING)
    dilated = functional.max_pool2d(ink, 3, stride=1, padding=1)
    eroded = -functional.max_pool2d(-ink, 3, stride=1, padding=1)
    ink = ink + share.clamp(min=0) * (dilated - ink) + (-share).clamp(min=0) * (eroded - ink)
    ink = ink + _uniform(len(ink), 0, _BLUR) * (functional.conv2d(ink, _BINOMIAL, padding=1) - ink)
    ink = ink.clamp(0, 1) ** _uniform(len(ink), -_GAMMA, _GAMMA).exp()
    return ink.squeeze(1) * 2 - 1


def moved(ink: Tensor, max_slant: float = _SLANT, random: torch.Generator | None = None) -> Tensor:
    """Return images (N, C, H, W), 0 without ink, each turned, slanted, scaled and moved by an affine map of its own.

    Args:
        ink: float32 (N, C, H, W).
        max_slant: to either side.
        random: where chance comes from; None for torch's global random state.
    """

    def spread(most: float) -> Tensor:
        return torch.empty(len(ink)).uniform_(-most, most, generator=random)

    turn, slant = spread(_TURN), spread(max_slant)
    width, height = spread(_SCALE).exp(), spread(_SCALE).exp()
    right, down = spread(2 * _SHIFT / ink.shape[3]), spread(2 * _SHIFT / ink.shape[2])
    cosine, sine = turn.cos(), turn.sin()
    rows = [
        torch.stack([width * cosine, width * (slant * cosine - sine), right], dim=1),
        torch.stack([height * sine, height * (slant * sine + cosine), down], dim=1),
    ]
    grid = functional.affine_grid(torch.stack(rows, dim=1).to(ink.device), list(ink.shape), align_corners=False)
    return functional.grid_sample(ink, grid, align_corners=False)


def _uniform(n: int, low: float, high: float) -> Tensor:
    return torch.empty(n, 1, 1, 1).uniform_(low, high)
