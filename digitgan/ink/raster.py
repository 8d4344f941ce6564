"""Outlines to pixels at any size: how much of each pixel the ink covers, in integers, the same on every machine.

Nothing here may change without a new major version. The algorithm, in full:

1. A coordinate x in units becomes ``x * scale / units`` pixels, rounded to 1/256 pixel, halves up; points beyond the
   picture are moved to its border. The midpoints of a curve are rounded in the same way, from exact sums.
2. Each arc is drawn as 1, 2, 4, ... 64 straight lines, the fewest that stay within 1/16 pixel of it; points on the arc
   are rounded to 1/256 pixel, halves up.
3. Lines are cut at the borders of rows of pixels, then at those of columns; where they cross is rounded down to 1/256.
4. The area to the right of each piece, with the sign of its direction, is summed up along each row. What a glyph covers
   of a pixel is rounded to 1/255, halves up. Where glyphs of one picture overlap, the greater value counts.

`draw_vectorised` is the definition. If `digitgan.ink._ink` is compiled, `draw` uses that instead, which gives the same
pixels in a fraction of the time. Source: R. Levien, "Inside the fastest font renderer in the world", 2016, for the sums
of signed areas; docs/adr/0040-ink.md.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import Outlines

try:
    from digitgan.ink._ink import draw as _draw_compiled

    IS_COMPILED = True
except ImportError:  # installed without a compiler, or run from a checkout without a build
    IS_COMPILED = False

INK = 64  # a pixel of at least a quarter of full ink counts as ink in a box
_SUB = 256  # steps of a coordinate in a pixel
_FLAT = 64  # steps: a control point that is nearer to the middle of its arc's ends needs no more lines
_MOST_LINES = 64


class Drawing(NamedTuple):
    """Pictures, and where the ink of each of their glyphs is."""

    pixels: NDArray[np.uint8]
    """uint8 (M, height, width), 0 for no ink to 255 for full ink."""
    boxes: NDArray[np.int32]
    """int32 (N, 4): left, top, right and bottom of each glyph's ink, right and bottom exclusive; 0 without ink."""


def draw(
    outlines: Outlines, pictures: NDArray[np.int32], height: int, width: int, *, scale: int, units: int
) -> Drawing:
    """Return pictures of glyphs, all of the same size.

    Args:
        outlines: the glyphs of all pictures, in order.
        pictures: int32 (M + 1,), the first glyph of each picture, and N.
        height: rows of each picture, at least 1.
        width: columns of each picture, at least 1.
        scale: pixels that `units` of the outlines become, at least 1.
        units: at least 1.
    """
    if not IS_COMPILED:
        return draw_vectorised(outlines, pictures, height, width, scale=scale, units=units)
    pixels = np.zeros((len(pictures) - 1, height, width), np.uint8)
    boxes = np.zeros((len(outlines), 4), np.int32)
    starts = np.ascontiguousarray(pictures, np.int32)
    _draw_compiled(*outlines.arrays, starts, scale, units, height, width, pixels, boxes)
    return Drawing(pixels, boxes)


def draw_vectorised(
    outlines: Outlines, pictures: NDArray[np.int32], height: int, width: int, *, scale: int, units: int
) -> Drawing:
    """Return the same as `draw`, using numpy alone."""
    pixels = np.zeros((len(pictures) - 1, height, width), np.uint8)
    boxes = np.zeros((len(outlines), 4), np.int32)
    for picture, (first, end) in enumerate(pairwise(pictures.tolist())):
        for glyph in range(first, end):
            covered = _cover(outlines.glyph(glyph), height, width, scale, units)
            np.maximum(pixels[picture], covered, out=pixels[picture])
            boxes[glyph] = ink_boxes(covered[None])[0]
    return Drawing(pixels, boxes)


def ink_boxes(images: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the smallest box around the ink of each image: int32 (N, 4), as `Drawing.boxes`."""
    _, height, width = images.shape
    is_ink = images >= INK
    columns, rows = np.any(is_ink, axis=1), np.any(is_ink, axis=2)
    right, bottom = width - columns[:, ::-1].argmax(axis=1), height - rows[:, ::-1].argmax(axis=1)
    boxes: NDArray[np.int32] = np.stack([columns.argmax(axis=1), rows.argmax(axis=1), right, bottom], axis=1).astype(
        np.int32
    )
    boxes[~np.any(rows, axis=1)] = 0
    return boxes


def _cover(curves: list[NDArray[np.int32]], height: int, width: int, scale: int, units: int) -> NDArray[np.uint8]:
    """Return how much of each pixel one glyph covers: uint8 (height, width)."""
    starts, ends = _lines(curves, height, width, scale, units)
    starts, ends = _cut(*_cut(starts, ends, axis=1), axis=0)
    # Each piece is within one pixel now; one on a border may belong to the pixel on either side.
    row, column = (np.minimum(starts, ends) // _SUB).T[::-1]
    rise = ends[:, 1] - starts[:, 1]
    inside = starts[:, 0] + ends[:, 0] - 2 * _SUB * column
    sums = np.zeros((height + 1, width + 2), np.int64)
    np.add.at(sums, (row, column), -rise * (2 * _SUB - inside))
    np.add.at(sums, (row, column + 1), -rise * inside)
    areas = sums[:height].cumsum(axis=1)[:, :width]
    full = 2 * _SUB**2
    covered: NDArray[np.uint8] = np.clip((255 * areas + full // 2) // full, 0, 255).astype(np.uint8)
    return covered


def _lines(
    curves: list[NDArray[np.int32]], height: int, width: int, scale: int, units: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the starts and ends of the lines of all curves: int64 (L, 2), in 1/256 pixel."""

    def placed(twice: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return doubled coordinates in 1/256 pixel, moved into the picture."""
        return np.clip((twice * (scale * _SUB) + units) // (2 * units), 0, np.array([width, height]) * _SUB)

    points = [curve.astype(np.int64) for curve in curves]
    empty = np.empty((0, 2), np.int64)
    control = np.concatenate([empty, *(placed(2 * each) for each in points)])
    ends = [placed(each + np.roll(each, -1, axis=0)) for each in points]
    start = np.concatenate([empty, *(np.roll(each, 1, axis=0) for each in ends)])
    end = np.concatenate([empty, *ends])
    bend = np.abs(start - 2 * control + end).max(axis=1)
    n = np.ones(len(bend), np.int64)
    while (more := (n * n * _FLAT < bend) & (n < _MOST_LINES)).any():
        n[more] *= 2
    arc = np.repeat(np.arange(len(n)), n)
    first = np.arange(len(arc)) - np.repeat(np.cumsum(n) - n, n)

    def at(step: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the points at the given steps of all arcs."""
        total, k = n[arc][:, None], step[:, None]
        weighted = (total - k) ** 2 * start[arc] + 2 * k * (total - k) * control[arc] + k * k * end[arc]
        rounded: NDArray[np.int64] = (2 * weighted + total**2) // (2 * total**2)
        return rounded

    return at(first), at(first + 1)


def _cut(starts: NDArray[np.int64], ends: NDArray[np.int64], axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return lines cut at the pixels' borders along an axis, 0 for columns and 1 for rows."""
    low, high = np.minimum(starts, ends)[:, axis], np.maximum(starts, ends)[:, axis]
    n = np.maximum(-(-high // _SUB) - low // _SUB, 1)
    line = np.repeat(np.arange(len(n)), n)
    step = np.arange(len(line)) - np.repeat(np.cumsum(n) - n, n)
    start, end = starts[line], ends[line]
    is_forward = start[:, axis] <= end[:, axis]
    step = np.where(is_forward, step, n[line] - 1 - step)  # pieces stay in the direction of their line

    def at(step: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the points at the low ends of pieces."""
        border = (low[line] // _SUB + step) * _SUB
        length = np.where(start[:, axis] == end[:, axis], 1, end[:, axis] - start[:, axis])
        other = 1 - axis
        crossing = start[:, other] + (border - start[:, axis]) * (end[:, other] - start[:, other]) // length
        point = np.empty_like(start)
        point[:, axis], point[:, other] = border, crossing
        point = np.where((step == 0)[:, None], np.where(is_forward[:, None], start, end), point)
        return np.where((step == n[line])[:, None], np.where(is_forward[:, None], end, start), point)

    lower, upper = at(step), at(step + 1)
    return np.where(is_forward[:, None], lower, upper), np.where(is_forward[:, None], upper, lower)
