"""Pictures that hold no single digit, so that an encoder learns to be unsure of them, and typed digits beside them.

Letters and digits come from the font inside Pillow: without its digits, an encoder would learn that clean strokes are
letters. Pairs of digits need no font.

Source: Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure" (2019), section 3.
"""

import string

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional

LETTERS = "".join(sorted(set(string.ascii_letters) - set("lOoISsZzbgq")))  # without those that look like digits
_SIDE = 28
_BOX = 20  # of MNIST's digits
_HEIGHTS = (10, _BOX)  # of a pair that is as wide as the box
_WIDTHS = (14, _BOX)  # of a digit in a pair, before it is squeezed
_FONT_SIZE = 80


def typed(characters: str) -> Tensor:
    """Return characters of Pillow's font, prepared as MNIST's digits are: float32 (N, 28, 28) in -1..1.

    Args:
        characters: each visible.
    """
    font = ImageFont.load_default(_FONT_SIZE)
    images = []
    for character in characters:
        canvas = Image.new("L", (2 * _FONT_SIZE, 2 * _FONT_SIZE))
        ImageDraw.Draw(canvas).text((_FONT_SIZE // 2, _FONT_SIZE // 2), character, fill=255, font=font)
        images.append(_centred(canvas.crop(canvas.getbbox())))
    return torch.from_numpy(np.stack(images)).float().div_(127.5).sub_(1)


def _centred(ink: Image.Image) -> NDArray[np.uint8]:
    """Return ink fitted into the box, its centre of mass in the middle: uint8 (28, 28)."""
    factor = _BOX / max(ink.size)
    small = ink.resize((max(1, round(ink.width * factor)), max(1, round(ink.height * factor))), Image.Resampling.BOX)
    levels = np.asarray(small, np.float64)
    height, width = levels.shape
    top = round((_SIDE - 1) / 2 - float(levels.sum(axis=1) @ np.arange(height) / levels.sum()))
    left = round((_SIDE - 1) / 2 - float(levels.sum(axis=0) @ np.arange(width) / levels.sum()))
    top, left = min(max(top, 0), _SIDE - height), min(max(left, 0), _SIDE - width)
    image = np.zeros((_SIDE, _SIDE), np.uint8)
    image[top : top + height, left : left + width] = levels
    return image


def pairs(digits: Tensor) -> Tensor:
    """Return digits side by side in twos, squeezed into the box of one; all are squeezed alike, at random.

    It draws from torch's global random state.

    Args:
        digits: float32 (2 N, 28, 28) in -1..1, N at least 1.

    Returns:
        float32 (N, 28, 28) in -1..1.
    """
    height, width = (int(torch.randint(low, high + 1, ())) for low, high in (_HEIGHTS, _WIDTHS))
    left = (_SIDE - width) // 2
    top = (_SIDE - _BOX) // 2
    cut = digits[:, top : top + _BOX, left : left + width]
    both = torch.cat([cut[: len(cut) // 2], cut[len(cut) // 2 :]], dim=2).unsqueeze(1)
    small = functional.interpolate(both, (height, _BOX), mode="bilinear", antialias=True).squeeze(1)
    above, beside = (_SIDE - height) // 2, (_SIDE - _BOX) // 2
    return functional.pad(small, (beside, beside, above, _SIDE - height - above), value=-1.0)
