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
    ink = _moved((images.unsqueeze(1) + 1) / 2)
    share = _uniform(len(ink), *_THICKENING)
    dilated = functional.max_pool2d(ink, 3, stride=1, padding=1)
    eroded = -functional.max_pool2d(-ink, 3, stride=1, padding=1)
    ink = ink + share.clamp(min=0) * (dilated - ink) + (-share).clamp(min=0) * (eroded - ink)
    ink = ink + _uniform(len(ink), 0, _BLUR) * (functional.conv2d(ink, _BINOMIAL, padding=1) - ink)
    ink = ink.clamp(0, 1) ** _uniform(len(ink), -_GAMMA, _GAMMA).exp()
    return ink.squeeze(1) * 2 - 1


def _moved(ink: Tensor) -> Tensor:
    """Return images (N, 1, H, W), 0 without ink, each under an affine map of its own."""
    turn, slant = _spread(ink, _TURN), _spread(ink, _SLANT)
    width, height = _spread(ink, _SCALE).exp(), _spread(ink, _SCALE).exp()
    right, down = _spread(ink, 2 * _SHIFT / ink.shape[3]), _spread(ink, 2 * _SHIFT / ink.shape[2])
    cosine, sine = turn.cos(), turn.sin()
    rows = [
        torch.stack([width * cosine, width * (slant * cosine - sine), right], dim=1),
        torch.stack([height * sine, height * (slant * sine + cosine), down], dim=1),
    ]
    grid = functional.affine_grid(torch.stack(rows, dim=1), list(ink.shape), align_corners=False)
    return functional.grid_sample(ink, grid, align_corners=False)


def _spread(ink: Tensor, most: float) -> Tensor:
    return torch.empty(len(ink)).uniform_(-most, most)


def _uniform(n: int, low: float, high: float) -> Tensor:
    return torch.empty(n, 1, 1, 1).uniform_(low, high)
