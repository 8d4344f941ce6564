"""What happens to a number between a pen and a file: a sheet that lies askew, printed forms, paper, blur and JPEG.

What a distortion chooses is a frozen function of its name and of the key that the number's layout varies by, so it is
the same whichever other distortions there are. All is integer arithmetic, the same on every machine, except for blur
and JPEG: Pillow makes these, so their pixels may change with its version (docs/adr/0001-dependencies.md).
"""

import io
from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import shake_256
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.layout import HEIGHT
from digitgan.ink.outlines import Outlines

_DOMAIN = b"digitgan distortion 1"
_N_CHOICES = 32  # at most, of one distortion
_ONE = 4096  # of a place between two sides
_PART = 128  # of a value between two points of a grid

Distortion = Literal["askew", "form", "paper", "blur", "jpeg"]
DISTORTIONS: tuple[Distortion, ...] = get_args(Distortion)
"""Their names, in the order in which they happen."""
ASKEW: Distortion = "askew"  # the one of outlines; the others are of pixels
LIBRARY = "pillow"
BYTES_PER_PIXEL = 10
"""The most memory that distorting a number takes."""


class Chance:
    """What a distortion of one number draws: SHAKE-256 of its name and the number's key.

    Source: FIPS 202, section 6.2.
    """

    def __init__(self, name: str, key: int) -> None:
        self._key = _DOMAIN + key.to_bytes(8, "little") + name.encode()

    @cached_property
    def _words(self) -> list[int]:
        words: list[int] = np.frombuffer(shake_256(self._key).digest(4 * _N_CHOICES), "<u4").tolist()
        return words[::-1]

    def whole(self, least: int, most: int) -> int:
        """Return the next integer, from least to most, both included."""
        return least + (self._words.pop() * (most - least + 1) >> 32)

    def noise(self, name: str, height: int, width: int) -> NDArray[np.int16]:
        """Return a noise of its own name: int16 (height, width), -255 to 255, of which those near 0 are likelier."""
        stream = shake_256(self._key + b"/" + name.encode()).digest(2 * height * width)
        first, second = np.frombuffer(stream, np.uint8).reshape(2, height, width)
        noise = first.astype(np.int16)
        noise -= second
        return noise

    def cloud(self, name: str, height: int, width: int, step: int) -> NDArray[np.int16]:
        """Return a noise that changes slowly: straight between points of a grid, `step` pixels apart."""
        cloud = self.noise(name, height // step + 2, width // step + 2)
        for axis, n in enumerate((height, width)):
            place, part = np.divmod(np.arange(n), step)
            share = (part * _PART // step).astype(np.int16).reshape((-1, 1) if axis == 0 else (1, -1))
            low = np.take(cloud, place, axis)
            low *= _PART - share
            high = np.take(cloud, place + 1, axis)
            high *= share
            low += high
            low //= _PART
            cloud = low
        return cloud


class Written(NamedTuple):
    """A number while it is distorted.

    Attributes:
        pixels: uint8 (H, W), 0 for the background to 255 for ink.
        boxes: integers (N, 4): left, top, right and bottom of the ink of each character; 0 without ink.
    """

    pixels: NDArray[np.uint8]
    boxes: NDArray[np.integer[Any]]


def askew(glyphs: Outlines, width: int, chance: Chance) -> Outlines:
    """Return a number whose picture's corners move inwards, each by itself, as on a sheet that does not lie straight.

    Args:
        glyphs: outlines where they stand in their picture, `HEIGHT` units high.
        width: of the picture, in units.
        chance: decides how far each corner moves.
    """
    most = HEIGHT // 10
    left_top, left_foot, right_top, right_foot = ((chance.whole(0, most), chance.whole(0, most)) for _ in range(4))
    points = glyphs.points.astype(np.int64)
    right, down = points.T * _ONE // np.array([[width], [HEIGHT]])  # shares of the sides
    left, up = _ONE - right, _ONE - down
    x = left * (up * left_top[0] + down * left_foot[0]) - right * (up * right_top[0] + down * right_foot[0])
    y = up * (left * left_top[1] + right * right_top[1]) - down * (left * left_foot[1] + right * right_foot[1])
    return glyphs.with_points((points + np.stack([x, y], axis=1) // _ONE**2).astype(np.int32))


def _form(written: Written, chance: Chance) -> NDArray[np.uint8]:
    """Return the number on a printed form: on a line, in a box, or with a box for each character."""
    height, width = written.pixels.shape
    unit = max(1, height // 28)
    kind, strength = chance.whole(0, 5), chance.whole(50, 160)
    thick = chance.whole(max(1, unit // 2), unit + unit // 2)
    foot, edge = height * 24 // 28 + chance.whole(0, 2 * unit), chance.whole(0, 2 * unit)
    printed = np.zeros_like(written.pixels)

    def print_row(y: int, step: int = 1) -> None:
        printed[max(y, 0) : max(y + thick, 0), ::step] = strength

    if kind == 0:  # a line
        print_row(foot)
    elif kind == 1:  # dots
        print_row(foot, 2 * thick)
    elif kind == 2:  # ruled paper
        print_row(foot)
        print_row(foot - height * chance.whole(20, 27) // 28)
    else:
        print_row(edge)
        print_row(height - edge - thick)
        sides = [edge, width - edge - thick] if chance.whole(0, 2) else []  # or a part of a longer field
        if kind > 3:
            thick = max(1, thick // 2)
            inked = [box for box in written.boxes.tolist() if box[2]]
            sides += [(one[2] + other[0] - thick) // 2 for one, other in pairwise(inked)]
        for x in sides:
            printed[edge : height - edge, max(x, 0) : max(x + thick, 0)] = strength
    return np.maximum(written.pixels, printed)


def _paper(written: Written, chance: Chance) -> NDArray[np.uint8]:
    """Return the number in uneven ink, on paper that has a tone, a shadow, stains and a grain."""
    height, width = written.pixels.shape
    tone, stains, grain = chance.whole(6, 56), chance.whole(0, 24), chance.whole(4, 24)
    ink, faded = chance.whole(150, 250), chance.whole(0, 70)
    down, right = chance.whole(-20, 20), chance.whole(-20, 20)  # of the shadow, from the middle to the sides
    sheet = chance.cloud("stains", height, width, max(1, height // 2))
    sheet *= stains
    sheet >>= 8
    sheet += tone + (down * (2 * np.arange(height) - height) // height).astype(np.int16)[:, None]
    sheet += (right * (2 * np.arange(width) - width) // width).astype(np.int16)
    cover = chance.cloud("ink", height, width, max(1, height // 4))
    np.abs(cover, out=cover)
    cover *= -faded
    cover >>= 8
    cover += ink
    cover -= sheet
    np.maximum(cover, 0, out=cover)
    sheet += (cover.astype(np.uint16) * written.pixels >> 8).astype(np.int16)
    rough = chance.noise("grain", height, width)
    rough *= grain
    rough >>= 8
    sheet += rough
    return np.clip(sheet, 0, 255, out=sheet).astype(np.uint8)


def _blur(written: Written, chance: Chance) -> NDArray[np.uint8]:
    """Return the number out of focus."""
    from PIL import Image, ImageFilter

    radius = written.pixels.shape[0] * chance.whole(20, 90) / 2_800  # up to nine tenths of a pixel of the model
    return np.asarray(Image.fromarray(written.pixels).filter(ImageFilter.GaussianBlur(radius)))


def _jpeg(written: Written, chance: Chance) -> NDArray[np.uint8]:
    """Return the number as a JPEG of low quality shows it."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(written.pixels).save(file, "JPEG", quality=chance.whole(12, 60))
    with Image.open(file) as image:
        return np.asarray(image)


_OF_PIXELS: dict[Distortion, Callable[[Written, Chance], NDArray[np.uint8]]] = {
    "form": _form,
    "paper": _paper,
    "blur": _blur,
    "jpeg": _jpeg,
}


def distorted(
    pixels: NDArray[np.uint8], boxes: NDArray[np.integer[Any]], names: Sequence[str], key: int
) -> NDArray[np.uint8]:
    """Return the pixels of a number with some distortions of pixels, in the order of `DISTORTIONS`.

    Args:
        pixels: uint8 (H, W), 0 for the background to 255 for ink.
        boxes: of the ink, see `Written`.
        names: of distortions.
        key: what its layout varies by.
    """
    for name, function in _OF_PIXELS.items():
        if name in names:
            pixels = function(Written(pixels, boxes), Chance(name, key))
    return pixels
