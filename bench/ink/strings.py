"""Strings of real digits, composed without any code of the layouts that are measured with them.

Each of MNIST's test digits is resized, slanted and moved by a random amount, and set beside the one before it, ink by
ink. All lengths are pixels of MNIST, whose digits are 20 high.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_INK = 64  # grey level from which a pixel counts as ink
_SIDE = 28
_HEIGHT = 48  # of a string: room for digits of 28 that are larger, slanted and above or below the line
_BASELINE = 36
_MARGIN = 8


@dataclass(frozen=True)
class Play:
    """How far the digits of a string are from equal squares in a row.

    Args:
        gaps: the least and the most columns between the ink of neighbours; negative ones overlap.
        baseline: standard deviation of a digit's lowest row.
        size: the most by which a digit is larger or smaller, as a share.
        slant: the most columns that a row moves against the row below it, either way.
    """

    gaps: tuple[float, float]
    baseline: float
    size: float
    slant: float


PLAIN = Play(gaps=(-1, 6), baseline=1, size=0.06, slant=0.1)
TIGHT = Play(gaps=(-3, 2), baseline=2, size=0.15, slant=0.25)
SETS = {"plain": PLAIN, "tight": TIGHT}


def compose(digits: NDArray[np.uint8], play: Play, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return one picture of digits in a row: uint8 (48, width), 0 background, 255 ink.

    Args:
        digits: uint8 (N, 28, 28), N at least 1, each with ink.
        play: how they vary.
        rng: gives the play of each digit.
    """
    start = _SIDE + 2 * _MARGIN  # of the ink; what stands left of a digit's ink fits before it
    canvas = np.zeros((_HEIGHT, start * (len(digits) + 2)), np.uint8)
    end = start  # the first column after the ink so far
    for index, digit in enumerate(digits):
        drawn = _played(digit, play, rng)
        rows, columns = (np.flatnonzero((drawn >= _INK).any(axis=axis)) for axis in (1, 0))
        gap = 0 if index == 0 else round(rng.uniform(*play.gaps))
        top = round(rng.normal(_BASELINE, play.baseline)) - rows[-1] - 1
        left = end + gap - columns[0]
        here = canvas[max(top, 0) : top + len(drawn), left : left + drawn.shape[1]]
        np.maximum(here, drawn[max(-top, 0) : max(-top, 0) + len(here)], out=here)
        end = left + columns[-1] + 1
    return canvas[:, start - _MARGIN : end + _MARGIN]


def _played(digit: NDArray[np.uint8], play: Play, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a digit resized and slanted about its centre: uint8 (44, 44)."""
    side = _SIDE + 2 * _MARGIN
    size = 1 + rng.uniform(-play.size, play.size)
    slant = rng.uniform(-play.slant, play.slant)
    # PIL asks where each pixel of the result comes from: x' = a x + b y + c, y' = d x + e y + f.
    a, b, e = 1 / size, slant / size, 1 / size
    middle = side / 2
    c, f = _SIDE / 2 - (a + b) * middle, _SIDE / 2 - e * middle
    picture = Image.fromarray(digit).transform(
        (side, side), Image.Transform.AFFINE, (a, b, c, 0, e, f), Image.Resampling.BICUBIC
    )
    return np.asarray(picture)


def strings(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], length: int, play: Play, seed: int
) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Return pictures of strings of digits, and what they say. Each digit is in one string; what is left over is not.

    Args:
        images: uint8 (N, 28, 28).
        labels: (N,), 0..9.
        length: digits of a string.
        play: how they vary.
        seed: of the order of the digits and of their play.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))[: len(images) // length * length].reshape(-1, length)
    pictures = [compose(images[rows], play, rng) for rows in order]
    return pictures, ["".join(map(str, labels[rows])) for rows in order]
