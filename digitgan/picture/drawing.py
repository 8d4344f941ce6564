"""Images drawn as a picture says: one by one, as one page, as frames, or as curves on a page."""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.limits import MIN_HEIGHT
from digitgan.engine.source import Source
from digitgan.ink.layout import HEIGHT, natural, with_signs
from digitgan.ink.outlines import Outlines
from digitgan.ink.raster import Drawing, ink_boxes
from digitgan.ink.script import Script
from digitgan.picture import writing
from digitgan.picture.distortions import ASKEW
from digitgan.picture.looks import NATURAL
from digitgan.picture.numbers import (
    Strip,
    as_written,
    draw_squares,
    in_squares,
    outlines_of,
    with_sign_images,
)
from digitgan.picture.page import Page, in_rows
from digitgan.picture.picture import Picture, does_not_fit
from digitgan.picture.sheet import centre, sheet, stack

_TRACED = 32  # images at a time, since the outlines of noise take ten times the memory of small pictures
_FILLED = 84  # percent of the width of a canvas that a number fills at most
_WRITTEN = 96  # digits at a time, unless a number has more


def each(picture: Picture, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return separate images as they are shown: uint8 (N, height, width[, 3]), of the size of `Picture.cell`."""
    return _shown(picture, _cells(picture, pixels))


def strips(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> Iterator[Strip]:
    """Yield each number in the picture's colours.

    Args:
        picture: how they are shown.
        pixels: uint8 (N, H, W), the digits of all numbers.
        source: what they were made from, which decides how signs and layout vary.
    """
    return (strip._replace(pixels=_shown(picture, strip.pixels)) for strip in _strips(picture, pixels, source))


def page(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> NDArray[np.uint8]:
    """Return all images as one picture: a single image without a margin, a sheet, or rows of one number each.

    Args:
        picture: how they are shown.
        pixels: uint8 (N, H, W), or (N, H, W, 3) in colour.
        source: what the images were made from.
    """
    return _shown(picture, _page(picture, pixels, source))


def frames(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> NDArray[np.uint8]:
    """Return the frames of an animation: uint8 (N, height, width).

    They write the numbers, and the last one is the page; or else each shows one image.

    Args:
        picture: how they are shown.
        pixels: uint8 (N, H, W).
        source: what the images were made from.
    """
    if not picture.animate:
        return each(picture, pixels)
    _, height, width = pixels.shape
    script = _script(picture, source)
    glyphs = _glyphs(pixels, script)
    if picture.layout == NATURAL:
        glyphs = natural(glyphs, script).glyphs
    numbers = [*_strips(picture, pixels, source)]
    firsts = writing.first_frames(numbers, glyphs, picture.cell(height, width)[0], picture.n_frames)
    padding = picture.scaled(picture.padding, height)
    whole, first = _below([strip.pixels for strip in numbers], padding), _below(firsts, padding)
    return _shown(picture, writing.frames(whole, first, picture.n_frames))


def placed(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> Page:
    """Return the glyphs of all images as they stand on the page, in ink.

    Args:
        picture: how they are shown.
        pixels: uint8 (N, H, W).
        source: what the images were made from.
    """
    n, height, width = pixels.shape
    square, padding, gap = (length * HEIGHT // height for length in (width, picture.padding, picture.gap))
    if not picture.numbers:
        glyphs = outlines_of(pixels)
        if n == 1:
            return Page(glyphs, HEIGHT, square)
        columns, step = picture.n_columns(n), square + padding
        rows, places = np.divmod(np.arange(n), columns)
        return in_rows(glyphs, rows, places * step, columns * step - padding, padding)
    script = _script(picture, source)
    glyphs = _glyphs(pixels, script)
    if picture.layout == NATURAL:
        glyphs, widths = natural(glyphs, script)
        lefts = np.zeros(len(glyphs), np.int32)
    else:
        lefts, widths = script.places * (square + gap), script.lengths * (square + gap) - gap
    return in_rows(glyphs, script.number, lefts, int(widths.max()), padding if len(picture.numbers) > 1 else 0)


def fitted(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> Picture:
    """Return the picture at the largest height, at most its own, at which no number is wider than `max_width`.

    Args:
        picture: how the numbers are shown.
        pixels: as for `strips`.
        source: as for `strips`.

    Raises:
        InvalidPlan: a number is too wide at any height that a request may have.
    """
    if picture.layout != NATURAL:
        return picture
    script = _script(picture, source)
    units = int(natural(_glyphs(pixels, script), script).widths.max())
    height = picture.height if picture.max_width is None else min(picture.height, picture.max_width * HEIGHT // units)
    if height < MIN_HEIGHT:
        raise does_not_fit(picture.size_field, MIN_HEIGHT, -(-units * MIN_HEIGHT // HEIGHT))
    width = -(-units * height // HEIGHT)
    return picture.model_copy(update={"height": height, "max_width": None, "width": width})


def _script(picture: Picture, source: Source) -> Script:
    return Script(picture.numbers, [*map(source.key, picture.starts)])


def _glyphs(pixels: NDArray[np.uint8], script: Script) -> Outlines:
    """Return the outlines of all digits and signs of some numbers, whose digits are the pixels."""
    return with_signs(outlines_of(pixels), script)


def _cells(picture: Picture, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return each image as it is drawn, 0 for the background to 255 for ink."""
    if picture.ink:
        n, height, width = pixels.shape
        drawn = np.empty((n, *picture.cell(height, width)), np.uint8)
        for start in range(0, n, _TRACED):
            some = slice(start, start + _TRACED)
            drawn[some] = draw_squares(outlines_of(pixels[some]), *drawn.shape[1:]).pixels
        return drawn
    return pixels.repeat(picture.scale, axis=1).repeat(picture.scale, axis=2) if picture.scale > 1 else pixels


def _strips(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> Iterator[Strip]:
    """Yield what `strips` yields, 0 for the background to 255 for ink."""
    starts, first = [*picture.starts, len(pixels)], 0
    while first < len(picture.numbers):
        end = max(first + 1, bisect_right(starts, starts[first] + _WRITTEN) - 1)
        script = Script(picture.numbers[first:end], [*map(source.key, starts[first:end])])
        yield from _written(picture, pixels[starts[first] : starts[end]], script)
        first = end


def _written(picture: Picture, pixels: NDArray[np.uint8], script: Script) -> Iterator[Strip]:
    """Return the strips of some numbers, whose digits are the pixels."""
    if picture.layout == NATURAL:
        glyphs = _glyphs(pixels, script)
        max_width = picture.canvas[1] * _FILLED // 100 if picture.canvas else picture.max_width
        looks = picture.height, picture.written, max_width
        is_askew = ASKEW in picture.distortions
        return as_written(glyphs, script, *looks, with_glyphs=picture.masks, is_askew=is_askew)
    _, height, width = pixels.shape
    if picture.ink:
        squares = draw_squares(_glyphs(pixels, script), *picture.cell(height, width))
    else:
        images = with_sign_images(pixels, script)
        squares = Drawing(_cells(picture, images), ink_boxes(images) * picture.scale)
    return in_squares(squares, script, picture.scaled(picture.gap, height), picture.written, with_glyphs=picture.masks)


def _page(picture: Picture, pixels: NDArray[np.uint8], source: Source) -> NDArray[np.uint8]:
    """Return what `page` returns, 0 for the background to 255 for ink."""
    padding = picture.scaled(picture.padding, pixels.shape[1])
    if picture.canvas is not None:
        (number,) = _strips(picture, pixels, source)
        return centre(number.pixels, *picture.canvas)
    if picture.numbers:
        return _below([strip.pixels for strip in _strips(picture, pixels, source)], padding)
    cells = _cells(picture, pixels)
    return cells[0] if len(cells) == 1 else sheet(cells, picture.n_columns(len(cells)), padding)


def _below(numbers: list[NDArray[np.uint8]], padding: int) -> NDArray[np.uint8]:
    """Return numbers below each other; a single one without a margin."""
    return stack(numbers, padding) if len(numbers) > 1 else numbers[0]


def _shown(picture: Picture, drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pixels of ink in the picture's colours, unless its palette says them."""
    return 255 - drawn if picture.is_inverted else drawn
