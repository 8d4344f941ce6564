"""From the grey levels of an image to the outlines of its ink, in integers, the same on every machine.

Nothing here may change without a new major version. The algorithm, in full, for an image of H rows of W pixels:

1. Where ink is faint, its grey levels are lifted, so that a stroke of less than half of full ink does not break: m is
   the mean over the 3 x 3 pixels around each (at the border, the nearest ones again) of the highest level among the
   3 x 3 around each of those. Unless m is less than `REAL`, 127 - 36 * m / 64, at least 0 and at most `MOST_LIFT`, is
   added. All divisions round down; the sum is at most 255.
2. Levels midway between pixels are interpolated by cubic splines, along columns and then along rows, with the frozen
   weights below; beyond the image all is black. This gives a lattice of steps of half a pixel, from half a pixel above
   and to the left of the first pixel's centre to as far beyond the last one's, and around it a ring of black.
3. The outline is where the lattice crosses half of full ink: on each edge of the lattice with one end in ink (at least
   half) and the other outside, at the place that linear interpolation gives, rounded to 1/64 pixel, halves up. Within
   each of the lattice's cells the crossings are joined so that ink is on the right-hand side; if all four edges cross,
   the mean of the corners decides whether the ink or the ground is joined.
4. The crossings of each closed curve, from the first in reading order on an edge to the right, are smoothed along the
   curve with the frozen weights below, rounded to 1/64 pixel, halves up, and moved into the square: these are its
   control points. Without that, the grain of the pixels shows as a tremor of the pen.
5. Areas are those of the polygons of control points. A curve around ink is kept if its area is at least `STROKE`, or
   if it is at least `DOT` and a point of it is within `NEAR` of a point of one of those; specks are dropped. A curve
   around a hole is kept if its area is at least `PINHOLE`, unless its box is within that of a speck.

`trace_vectorised` is the definition. If `digitgan.ink._ink` is compiled, `trace` uses that instead, which gives the
same points in a fraction of the time. The reasons are in docs/adr/0040-ink.md. Source: M. Unser, "Splines: a perfect
fit for signal and image processing", 1999; W. Lorensen and H. Cline, "Marching cubes", 1987, in two dimensions; G.
Taubin, "Curve and surface smoothing without shrinkage", 1995.
"""

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS, Outlines

try:
    from digitgan.ink._ink import trace as _trace_compiled

    IS_COMPILED = True
except ImportError:  # installed without a compiler, or run from a checkout without a build
    IS_COMPILED = False

STEP = UNITS // 2  # from one node of the lattice to the next
REAL = 48  # a level; what is darker is no ink
MOST_LIFT = 64
DOT, STROKE, PINHOLE = UNITS**2, 4 * UNITS**2, UNITS**2 // 16  # areas: a pixel of the model, four, a sixteenth
NEAR = 5 * UNITS // 2  # two and a half pixels of the model

# The cardinal cubic spline at 1/2, 3/2, ... 11/2, rounded to 1/1024 so that the sum over both sides is 1.
_WEIGHTS = (615, -130, 35, -9, 2, -1)
_UNIT = 2 * sum(_WEIGHTS)
_HALF_INK = 255 * _UNIT**2 // 2
# A low-pass filter that is flat to the third order, so that curves do not shrink: the middle weight, then those of both
# sides, in 1/1024. Nine passes of Taubin's filter, cut after six places.
_SMOOTHING = (360, 276, 107, -10, -32, -11, 2)
_SMOOTHING_UNIT = _SMOOTHING[0] + 2 * sum(_SMOOTHING[1:])


def trace(images: NDArray[np.uint8]) -> Outlines:
    """Return the outlines of the ink of each image, one glyph an image; a glyph without ink has no curves.

    Args:
        images: uint8 (N, H, W), 0 black ground to 255 white ink, H and W at least 1.
    """
    if not IS_COMPILED:
        return trace_vectorised(images)
    n, height, width = images.shape
    points, curves, glyphs = _trace_compiled(np.ascontiguousarray(images), n, height, width)
    return Outlines(
        np.frombuffer(points, np.int32).reshape(-1, 2), np.frombuffer(curves, np.int32), np.frombuffer(glyphs, np.int32)
    )


def trace_vectorised(images: NDArray[np.uint8]) -> Outlines:
    """Return the same as `trace`, using numpy alone."""
    glyphs = []
    for lattice in _lattice(images):
        points, following = _crossings(lattice)
        limits = (np.array(lattice.shape[::-1]) - 3) * STEP
        curves = [np.clip(_smoothed(points[places]), 0, limits).astype(np.int32) for places in _loops(following)]
        glyphs.append(_without_specks(curves))
    return Outlines.of(glyphs)


def _lattice(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the interpolated grey levels, 255 * 2**20 for full ink: int64 (N, 2 * H + 3, 2 * W + 3)."""
    columns = _halved(_lifted(images), 1)
    return np.pad(_halved(columns, 2), ((0, 0), (1, 1), (1, 1)))


def _lifted(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return grey levels that are lifted where ink is faint."""
    mean = _around(_around(images.astype(np.int64)).max(axis=0)).sum(axis=0) // 9
    lift = np.where(mean < REAL, 0, np.clip(127 - 36 * mean // 64, 0, MOST_LIFT))
    lifted: NDArray[np.int64] = np.minimum(images + lift, 255)
    return lifted


def _around(images: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the 3 x 3 pixels around each: (N, H, W) -> (9, N, H, W)."""
    _, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), "edge")
    return np.stack([padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)])


def _halved(values: NDArray[np.int64], axis: int) -> NDArray[np.int64]:
    """Return values at twice as many places along an axis, M to 2 * M + 1, times `_UNIT`."""
    n, taps = values.shape[axis], len(_WEIGHTS)
    margin = [(0, 0)] * values.ndim
    margin[axis] = (taps, taps)
    padded = np.moveaxis(np.pad(values, margin), axis, 0)
    out = np.empty((2 * n + 1, *padded.shape[1:]), np.int64)
    out[1::2] = _UNIT * padded[taps : taps + n]
    out[::2] = sum(
        weight * (padded[taps - 1 - k : taps + n - k] + padded[taps + k : taps + n + 1 + k])
        for k, weight in enumerate(_WEIGHTS)
    )
    return np.moveaxis(out, 0, axis)


def _crossings(lattice: NDArray[np.int64]) -> tuple[NDArray[np.int32], dict[int, int]]:
    """Return the crossings of one lattice and how they follow each other.

    Returns:
        points: int32 (rows * columns * 2, 2); node (r, c) has the crossing on the edge to its right at
            ``2 * (r * columns + c)``, and that on the edge below it next to it.
        following: the place of each crossing -> the place of the next one.
    """
    rows, columns = lattice.shape
    is_ink = lattice >= _HALF_INK
    points = np.zeros((rows, columns, 2, 2), np.int32)
    at_row, at_column = np.ogrid[:rows, :columns]
    points[..., 0], points[..., 1] = ((at_column - 1) * STEP)[..., None], ((at_row - 1) * STEP)[..., None]
    points[:, :-1, 0, 0] += _between(lattice[:, :-1], lattice[:, 1:])
    points[:-1, :, 1, 1] += _between(lattice[:-1], lattice[1:])

    # The sides of the cell below and to the right of each node, clockwise from the top, and what a walk with ink on its
    # right-hand side does there: +1 enters the cell, -1 leaves it, 0 does not pass.
    place = 2 * np.arange(rows * columns).reshape(rows, columns)
    top_left, top_right = is_ink[:-1, :-1].astype(np.int8), is_ink[:-1, 1:].astype(np.int8)
    bottom_left, bottom_right = is_ink[1:, :-1].astype(np.int8), is_ink[1:, 1:].astype(np.int8)
    passes = [top_left - top_right, top_right - bottom_right, bottom_right - bottom_left, bottom_left - top_left]
    places = [place[:-1, :-1], place[:-1, 1:] + 1, place[1:, :-1], place[:-1, :-1] + 1]
    mean = lattice[:-1, :-1] + lattice[:-1, 1:] + lattice[1:, :-1] + lattice[1:, 1:]
    is_joined = mean >= 4 * _HALF_INK
    is_saddle = (passes[0] != 0) & (passes[1] != 0) & (passes[2] != 0) & (passes[3] != 0)
    following: dict[int, int] = {}
    for side in range(4):
        enters = passes[side] == 1
        for turn in (1, 2, 3):  # left, straight on, right
            leaves = enters & (passes[(side + turn) % 4] == -1)
            if turn != 2:
                leaves &= ~is_saddle | (is_joined if turn == 1 else ~is_joined)
            pairs = zip(places[side][leaves].tolist(), places[(side + turn) % 4][leaves].tolist(), strict=True)
            following.update(pairs)
    return points.reshape(-1, 2), following


def _between(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where values from a to b cross half of full ink, in units from a; without meaning where they do not."""
    rise = np.where(a == b, 1, b - a)
    crossing: NDArray[np.int64] = (2 * STEP * (_HALF_INK - a) + rise) // (2 * rise)
    return crossing


def _loops(following: dict[int, int]) -> list[list[int]]:
    """Return the places of each closed curve; curves and places begin with the first on an edge to the right."""
    loops, left = [], dict(following)
    for first in sorted(place for place in following if place % 2 == 0):
        loop, place = [], first
        while place in left:
            loop.append(place)
            place = left.pop(place)
        if loop:
            loops.append(loop)
    return loops


def _smoothed(curve: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the points of a closed curve, smoothed."""
    points = curve.astype(np.int64)
    total = _SMOOTHING[0] * points
    for distance, weight in enumerate(_SMOOTHING[1:], 1):
        total += weight * (np.roll(points, distance, axis=0) + np.roll(points, -distance, axis=0))
    smoothed: NDArray[np.int64] = (2 * total + _SMOOTHING_UNIT) // (2 * _SMOOTHING_UNIT)
    return smoothed


def _without_specks(curves: list[NDArray[np.int32]]) -> list[NDArray[np.int32]]:
    areas = [_twice_area(curve) for curve in curves]
    strokes = [curve for curve, area in zip(curves, areas, strict=True) if area >= 2 * STROKE]
    is_kept = [
        area >= 2 * STROKE or (area >= 2 * DOT and _is_near(curve, strokes)) or (area < 0 and -area >= 2 * PINHOLE)
        for curve, area in zip(curves, areas, strict=True)
    ]
    specks = [_box(curve) for curve, area, kept in zip(curves, areas, is_kept, strict=True) if area >= 0 and not kept]

    def is_in_speck(curve: NDArray[np.int32]) -> bool:
        left, top, right, bottom = _box(curve)
        return any(each[0] <= left and each[1] <= top and right <= each[2] and bottom <= each[3] for each in specks)

    return [
        curve
        for curve, area, kept in zip(curves, areas, is_kept, strict=True)
        if kept and not (area < 0 and is_in_speck(curve))
    ]


def _is_near(curve: NDArray[np.int32], strokes: list[NDArray[np.int32]]) -> bool:
    return any((((curve[:, None].astype(np.int64) - stroke) ** 2).sum(axis=2) <= NEAR**2).any() for stroke in strokes)


def _twice_area(curve: NDArray[np.int32]) -> int:
    """Return twice the area of the polygon of the control points, negative around a hole."""
    x, y = curve.astype(np.int64).T
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _box(curve: NDArray[np.int32]) -> tuple[int, int, int, int]:
    left, top = curve.min(axis=0).tolist()
    right, bottom = curve.max(axis=0).tolist()
    return left, top, right, bottom
