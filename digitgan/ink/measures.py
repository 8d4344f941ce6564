"""What a hand's ink tells of the hand: how large, how slanted and how thick its glyphs are.

A curve stays inside the polygon of its control points and close to it, so that polygon is measured. All arithmetic is
of integers; the one square root is rounded correctly by every processor, as IEEE 754 requires.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS, Outlines

ROW = 2 * UNITS  # height of a row of a profile
NOWHERE = 1 << 24  # the edge of a row without ink
_SKETCHED, _MOST_STEP = 16, 4  # points that a sketch of a curve has at least, and of how many it keeps one
SLANT = 1024  # a slant of 1: as far to the right as up


def sketch(outlines: Outlines) -> Outlines:
    """Return the same glyphs with fewer points: every second to fourth of a long curve."""
    lengths = np.diff(outlines.curve_starts)
    steps = np.clip(lengths // _SKETCHED, 1, _MOST_STEP)
    kept = -(-lengths // steps)
    ends = np.cumsum(kept)
    step = np.repeat(steps, kept)
    places = np.repeat(outlines.curve_starts[:-1] - steps * (ends - kept), kept) + step * np.arange(len(step))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    return Outlines(outlines.points.take(places, axis=0), starts, outlines.glyph_starts)


class Moments(NamedTuple):
    """Sums over the ink of each glyph, to be added up over the glyphs of a hand; int64 (N,) each.

    Attributes:
        area: twice the area, in square units.
        perimeter: of all curves, in units.
        lean: how far the ink is to the right where it is high: the mixed second moment, times 24.
        spread: the vertical second moment, times 24.
    """

    area: NDArray[np.int64]
    perimeter: NDArray[np.int64]
    lean: NDArray[np.int64]
    spread: NDArray[np.int64]


def extents(outlines: Outlines) -> NDArray[np.int32]:
    """Return the box around each glyph's control points: int32 (N, 4) of left, top, right, bottom; 0 without any."""
    starts = outlines.glyph_points
    boxes = np.zeros((len(starts) - 1, 4), np.int32)
    has_ink = starts[1:] > starts[:-1]
    if has_ink.any():
        begins = starts[:-1][has_ink]
        boxes[has_ink, :2] = np.minimum.reduceat(outlines.points, begins)
        boxes[has_ink, 2:] = np.maximum.reduceat(outlines.points, begins)
    return boxes


def next_points(outlines: Outlines) -> NDArray[np.int64]:
    """Return the position of the point that follows each point on its curve: int64 (P,)."""
    following = np.arange(1, len(outlines.points) + 1)
    begins, ends = outlines.curve_starts[:-1], outlines.curve_starts[1:]
    has_points = ends > begins
    following[ends[has_points] - 1] = begins[has_points]
    return following


def moments(outlines: Outlines) -> Moments:
    """Return the sums over the ink of each glyph."""
    starts = outlines.glyph_points
    boxes = extents(outlines)
    middles = (boxes[:, :2] + boxes[:, 2:]) >> 1
    x0, y0 = (outlines.points - outlines.for_points(middles)).astype(np.int64).T
    following = next_points(outlines)
    x1, y1 = x0[following], y0[following]
    cross = x0 * y1 - x1 * y0
    length = np.sqrt(((x1 - x0) ** 2 + (y1 - y0) ** 2).astype(np.float64)).astype(np.int64)
    area = _sums(cross, starts)
    # Green's theorem over the polygon: area, first and second moments, the latter about the middle of the box.
    right, down = _sums(cross * (x0 + x1), starts), _sums(cross * (y0 + y1), starts)
    mixed = _sums(cross * ((2 * x0 + x1) * y0 + (2 * x1 + x0) * y1), starts)
    vertical = _sums(cross * 2 * (y0 * y0 + y0 * y1 + y1 * y1), starts)
    solid = np.maximum(area, 1)
    # About the centre of mass: moment - product of first moments / area, where right and down are 6 first moments.
    return Moments(
        area,
        _sums(length, starts),
        -(mixed - 4 * right * (down // solid) // 3),
        vertical - 4 * down * (down // solid) // 3,
    )


def _sums(values: NDArray[np.int64], starts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the sum of the values of each glyph."""
    totals = np.concatenate([[0], np.cumsum(values)])
    sums: NDArray[np.int64] = totals[starts[1:]] - totals[starts[:-1]]
    return sums


def profiles(outlines: Outlines, height: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the left and the right edge of each glyph's points, row by row: int32 (N, height / `ROW`) each.

    A row without points has its left edge at `NOWHERE` and its right edge at -`NOWHERE`.

    Args:
        outlines: glyphs whose points are 0 to height - 1 high, so close that at most one row between two of them is
            without points.
        height: a multiple of `ROW`, in units.
    """
    n_rows, n_glyphs = height // ROW, len(outlines)
    x, y = outlines.points.T
    place = outlines.for_points(np.arange(0, n_glyphs * n_rows, n_rows)) + y // ROW
    lefts = np.full(n_glyphs * n_rows, NOWHERE, np.int32)
    rights = np.full_like(lefts, -NOWHERE)
    np.minimum.at(lefts, place, x)
    np.maximum.at(rights, place, x)
    return lefts.reshape(n_glyphs, n_rows), rights.reshape(n_glyphs, n_rows)
