"""The network in the other direction: from an image to a style and class scores."""

import torch
from torch import Tensor, nn

_CHANNELS = (32, 64, 64)  # at 14 x 14, 7 x 7 and 4 x 4
_HIDDEN = 128


class EncoderNetwork(nn.Module):
    """Convolutions down to 4 x 4, two linear maps: 0.2 million parameters, 1.8 million multiply-adds.

    A network with residual blocks and twice the width, 0.8 million parameters, was no better after the same time.

    Args:
        style_size: components of a style.
        n_classes: at least 2.
    """

    def __init__(self, style_size: int, n_classes: int) -> None:
        super().__init__()
        self.style_size = style_size
        self.n_classes = n_classes
        first, second, third = _CHANNELS
        self.layers = nn.Sequential(
            *_halving(1, first, kernel=5),
            *_halving(first, second, kernel=3),
            *_halving(second, third, kernel=3),
            nn.Flatten(),
            nn.Linear(third * 16, _HIDDEN, bias=False),
            nn.BatchNorm1d(_HIDDEN),
            nn.ReLU(),
            nn.Linear(_HIDDEN, style_size + n_classes),
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return styles, float32 (N, style_size), and class scores before any softmax, float32 (N, n_classes).

        Args:
            images: float32 (N, 28, 28) in -1..1.
        """
        ink = (images + 1) / 2  # 0..1, so that the zeros of the padding are background
        style, scores = self.layers(ink.unsqueeze(1)).split([self.style_size, self.n_classes], dim=1)
        return style, scores


class ServedEncoder(nn.Module):
    """An encoder as clients of the model use it: from grey levels to latents, which describe pictures completely.

    Args:
        encoder: trained.
    """

    def __init__(self, encoder: EncoderNetwork) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return latents, style then class scores, float32 (N, L), and their classes, int64 (N,).

        Args:
            image: uint8 (N, 28, 28), 0 is background.
        """
        style, scores = self.encoder(image.float() / 127.5 - 1)
        return torch.cat([style, scores], dim=1), scores.argmax(dim=1)


def _halving(n_in: int, n_out: int, *, kernel: int) -> list[nn.Module]:
    """Return layers that halve a side, rounded up."""
    convolution = nn.Conv2d(n_in, n_out, kernel, stride=2, padding=kernel // 2, bias=False)
    return [convolution, nn.BatchNorm2d(n_out), nn.ReLU()]
