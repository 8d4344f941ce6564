"""Numbers as pictures, with the place of each digit and sign: in squares side by side, or as people write them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.layout import HEIGHT, natural, with_signs
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.raster import Drawing, draw
from digitgan.ink.script import Script
from digitgan.ink.tracing import trace
from digitgan.picture.distortions import ASKEW, Chance, askew
from digitgan.picture.sheet import strip


class Strip(NamedTuple):
    """One number of N digits and signs, and where they are."""

    pixels: NDArray[np.uint8]
    """uint8 (height, width)."""
    cells: NDArray[np.integer[Any]] | None
    """Integers (N, 4): left, top, right and bottom of each one's square, right and bottom exclusive; None without."""
    inks: NDArray[np.integer[Any]]
    """Integers (N, 4): the same of the pixels with at least a quarter of full ink; 0 without ink."""
    glyphs: list[NDArray[np.uint8]]
    """Each one alone: uint8 (height, width) of its box of ink; empty unless they are wanted."""


def with_sign_images(images: NDArray[np.uint8], script: Script) -> NDArray[np.uint8]:
    """Return an image of each digit and sign of some numbers: uint8 (N, H, W).

    Args:
        images: uint8 (D, H, W), the digits, in order.
        script: the numbers.
    """
    if script.is_digit.all():
        return images
    _, height, width = images.shape
    signs = with_signs(outlines_of(images), script).take(np.flatnonzero(~script.is_digit))
    all_images = np.empty((len(script.signs), height, width), np.uint8)
    all_images[script.is_digit] = images
    all_images[~script.is_digit] = draw_squares(signs, height, width).pixels
    return all_images


def outlines_of(images: NDArray[np.uint8]) -> Outlines:
    """Return the outlines of images, in squares of `HEIGHT` units whatever the height of the images."""
    outlines, height = trace(images), images.shape[1] * UNITS
    if height == HEIGHT:
        return outlines
    return outlines.with_points(outlines.points * HEIGHT // height)


def draw_squares(glyphs: Outlines, height: int, width: int) -> Drawing:
    """Return a picture of each glyph, in its square: uint8 (N, height, width)."""
    each = np.arange(len(glyphs) + 1, dtype=np.int32)
    return draw(glyphs, each, height, width, scale=height, units=HEIGHT)


def in_squares(squares: Drawing, script: Script, gap: int, written: int, *, with_glyphs: bool) -> Iterator[Strip]:
    """Yield numbers whose digits and signs are side by side in their squares.

    Args:
        squares: pictures of all digits and signs.
        script: the numbers.
        gap: pixels between two squares.
        written: how many digits and signs of each number are drawn; the squares of the others are left blank.
        with_glyphs: whether each of them is wanted alone.
    """
    _, height, width = squares.pixels.shape
    for start, end in _ranges(script):
        pixels, inks = squares.pixels[start:end], squares.boxes[start:end]
        if written < len(pixels):
            pixels = np.concatenate([pixels[:written], np.zeros_like(pixels[written:])])
        glyphs = [*map(_cut, pixels, inks)] if with_glyphs else []
        lefts = np.outer(np.arange(end - start, dtype=np.int32) * (width + gap), (1, 0, 1, 0))
        cells = lefts + np.array((0, 0, width, height))
        yield Strip(strip(pixels, gap), cells, inks + lefts * (inks[:, 2:] > 0)[:, :1], glyphs)


def as_written(
    glyphs: Outlines,
    script: Script,
    height: int,
    written: int,
    max_width: int | None = None,
    *,
    with_glyphs: bool,
    is_askew: bool = False,
) -> Iterator[Strip]:
    """Yield numbers as a person writes them.

    Args:
        glyphs: outlines of all digits and signs.
        script: the numbers.
        height: of the picture and of a digit's square, in pixels.
        written: how many digits and signs of each number are drawn; the place of the others is left blank.
        max_width: of a picture, in pixels; a number that would be wider is written smaller. None for any width.
        with_glyphs: whether each of them is wanted alone.
        is_askew: whether the sheet does not lie straight.
    """
    line = natural(glyphs, script)
    for (start, end), units, key in zip(_ranges(script), line.widths.tolist(), script.keys, strict=True):
        number = line.glyphs.part(start, end)
        if is_askew:
            number = askew(number, units, Chance(ASKEW, key))
        high = height if max_width is None else min(height, max_width * HEIGHT // units)
        size = (high, -(-units * high // HEIGHT))

        def drawn(part: Outlines, size: tuple[int, int] = size) -> Drawing:
            return draw(part, np.array((0, len(part)), np.int32), *size, scale=size[0], units=HEIGHT)

        number = number.part(0, min(written, len(number)))
        pixels, inks = drawn(number)
        alone = (drawn(number.part(i, i + 1)).pixels[0] for i in range(len(number)))  # each as large as the number
        yield Strip(pixels[0], None, inks, [*map(_cut, alone, inks)] if with_glyphs else [])


def _ranges(script: Script) -> Iterator[tuple[int, int]]:
    """Yield the positions of each number's first character and of the one after its last."""
    ends = np.cumsum(script.lengths)
    return zip((ends - script.lengths).tolist(), ends.tolist(), strict=True)


def _cut(picture: NDArray[np.uint8], box: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    return picture[top:bottom, left:right].copy()  # so that the rest of the picture is not kept
