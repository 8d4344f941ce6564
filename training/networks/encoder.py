"""The network that guesses what a generator made an image of: a style, class scores, and how far steps should go."""

from typing import NamedTuple

from torch import Tensor, nn

from .conv import Residual

_CHANNELS = (32, 64, 96)  # at 14 x 14, 7 x 7 and 4 x 4
_HIDDEN = 256


class Guess(NamedTuple):
    """What the network makes of images: styles (N, S), class scores (N, C), and scales of the gradients (N, D)."""

    style: Tensor
    scores: Tensor
    scales: Tensor


class GuessNetwork(nn.Module):
    """Convolutions down to 4 x 4 and two linear maps: 0.56 million parameters, 6 million multiply-adds.

    Args:
        style_size: components of a style.
        n_classes: at least 2.
        n_scales: of which the first are 0.
    """

    def __init__(self, style_size: int, n_classes: int, n_scales: int) -> None:
        super().__init__()
        coarse, middle, fine = _CHANNELS
        self.layers = nn.Sequential(
            *_halving(1, coarse, kernel=5),
            Residual(coarse),
            *_halving(coarse, middle, kernel=3),
            Residual(middle),
            *_halving(middle, fine, kernel=3),
            nn.Flatten(),
            nn.Linear(fine * 16, _HIDDEN, bias=False),
            nn.BatchNorm1d(_HIDDEN),
            nn.ReLU(),
        )
        self.style = nn.Linear(_HIDDEN, style_size)
        self.classes = nn.Linear(_HIDDEN, n_classes)
        self.scales = nn.Linear(_HIDDEN, n_scales)
        nn.init.zeros_(self.scales.weight)
        nn.init.zeros_(self.scales.bias)

    def forward(self, images: Tensor) -> Guess:
        """Return the guess for images, float32 (N, 28, 28) in -1..1."""
        ink = (images + 1) / 2  # 0..1, so that the zeros of the padding are background
        features = self.layers(ink.unsqueeze(1))
        return Guess(self.style(features), self.classes(features), self.scales(features))


def _halving(n_in: int, n_out: int, *, kernel: int) -> list[nn.Module]:
    """Return layers that halve a side, rounded up."""
    convolution = nn.Conv2d(n_in, n_out, kernel, stride=2, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(n_out), nn.ReLU()]
