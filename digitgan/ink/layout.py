"""Numbers as people write them: glyphs stand on a line and keep their distance by their ink, not by their squares.

A hand has habits: how far apart it writes, and how large. Within a number each glyph varies a little around them
(`digitgan.ink.script`). Two neighbours keep the distance of their nearest points at about the same height, so a 4 comes
close under the bar of a 7, and in a narrow hand digits touch. All arithmetic is of integers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.measures import NOWHERE, SLANT, extents, moments, profiles, sketch
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.script import MOST, Script
from digitgan.ink.signs import BASELINE, draw_signs

HEIGHT = 28 * UNITS  # of a line
MARGIN = UNITS  # around the ink of a number
_MOST_ADVANCE = 42 * UNITS  # what a character adds to the width of a number, at most; usually 17

_ONE = 1024  # of a size
_TALL = 39 * UNITS // 2  # how high most digits are
_MOST_GROWTH = 1200  # of `_ONE`: more would make strokes thick
_GAP, _GAP_HABIT, _GAP_PLAY = 2 * UNITS, 3 * UNITS, 3 * UNITS // 2  # between neighbours: the mean, and how it varies
_DEEPEST = 4 * UNITS  # how far one glyph reaches under or over another
_CLEAR = 3 * UNITS // 2  # between a sign and its neighbours: a dot that touches a digit is not read
_SPACE = 7 * UNITS
_PEN = 5 * UNITS // 2  # of a hand without ink

# How far the ink of each class leans to the right, in the mean of 600 hands, beyond that of 1; in steps of 1 / SLANT.
_LEAN_OF_LABEL = np.array([-14, 0, -126, -189, -175, -26, -211, -211, -49, -230], np.int64)


def with_signs(digits: Outlines, script: Script) -> Outlines:
    """Return a glyph for each character of some numbers, in order and each in its square; a space has no curves.

    Args:
        digits: the outlines of all digits, in order.
        script: the numbers.
    """
    is_digit = script.is_digit
    if is_digit.all():
        return digits
    pens, slants = _hands(digits, script)
    is_sign = ~is_digit
    hand = script.number[is_sign]
    signs = draw_signs(script.signs[is_sign], pens[hand], slants[hand], script.play[is_sign])
    order = np.where(is_digit, np.cumsum(is_digit), len(script.labels) + np.cumsum(is_sign)) - 1
    return Outlines.joined([digits, signs]).take(order)


def _hands(digits: Outlines, script: Script) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return stroke width and slant of each hand, measured on all digits of its number: int32 (M,) each."""
    area, perimeter, lean, spread = moments(sketch(digits))
    sums = np.zeros((len(script.lengths), 4), np.int64)
    upright = lean - (spread * _LEAN_OF_LABEL[script.labels] >> 10)
    np.add.at(sums, script.number[script.is_digit], np.stack([area, perimeter, upright, spread], axis=1))
    area, perimeter, lean, spread = sums.T
    pens = np.where(area > 0, area // np.maximum(perimeter, 1), _PEN)
    slants = np.clip(lean // np.maximum(spread // SLANT, 1), -SLANT, SLANT)
    return pens.astype(np.int32), slants.astype(np.int32)


class Line(NamedTuple):
    """M numbers as they are written, each in a picture of its own.

    Attributes:
        glyphs: of all numbers; x from the left edge of the number's picture, y from its upper edge.
        widths: of each picture, in units: int32 (M,), whole pixels of the model, since each width has tables of its own
            in the PNG encoder; the height is `HEIGHT`.
    """

    glyphs: Outlines
    widths: NDArray[np.int32]


def most_units(n: int) -> int:
    """Return how wide the picture of a number of n characters is at most, in units."""
    return n * _MOST_ADVANCE + 3 * MARGIN


def natural(glyphs: Outlines, script: Script) -> Line:
    """Return numbers written as a person writes them, from left to right.

    Args:
        glyphs: a glyph for each character, see `with_signs`.
        script: the numbers.
    """
    stance, rough = _stance(extents(glyphs), script), sketch(glyphs)
    lefts, rights = profiles(_stood(rough, stance), HEIGHT)
    lefts[script.is_space], rights[script.is_space] = 0, _SPACE
    left, right = lefts.min(axis=1), rights.max(axis=1)
    is_blank = left == NOWHERE  # an image without ink
    left[is_blank] = right[is_blank] = 0
    x = np.cumsum(_steps(lefts, rights, left, right, script), dtype=np.int32)
    firsts = np.cumsum(script.lengths) - script.lengths
    x -= (np.minimum.reduceat(x + left, firsts) - MARGIN)[script.number]
    widths = -(-(np.maximum.reduceat(x + right, firsts) + MARGIN) // UNITS) * UNITS
    return Line(_stood(glyphs, stance._replace(across=stance.across + x * _ONE)), widths)


class _Stance(NamedTuple):
    """Where the points of glyphs go: int32 (N,) each, in 1 / `_ONE`: x * size - y * shear + across, y * size + down."""

    size: NDArray[np.int32]
    shear: NDArray[np.int32]
    across: NDArray[np.int32]
    down: NDArray[np.int32]


def _stance(boxes: NDArray[np.int32], script: Script) -> _Stance:
    """Return what makes glyphs stand on the line in their size and slant, each around x = 0."""
    is_digit = script.is_digit
    size_habit, slant_habit = script.habits[script.number, 1:3].T
    line_play, size_play, slant_play = script.play[:, 1:4].T
    left, top, right, bottom = boxes.T
    height, width = np.maximum(bottom - top, 1), np.maximum(right - left, 1)
    foot = np.where(is_digit, bottom, BASELINE)
    # Digits that the model makes low because they are wide grow half way to their neighbours.
    growth = np.where(is_digit, np.clip((_TALL + height) * (_ONE // 2) // height, _ONE, _MOST_GROWTH), _ONE)
    size = growth * (2048 + size_play // 2 + size_habit // 4) >> 11  # by 6 % at most, and by 3 %
    size = np.minimum(size, np.minimum((HEIGHT - 2 * MARGIN) * _ONE // height, HEIGHT * _ONE // width))
    line = BASELINE + line_play * 3 * UNITS // (2 * MOST)
    line += np.maximum(MARGIN - line - ((top - foot) * size >> 10), 0)
    line -= np.maximum(MARGIN + line + ((bottom - foot) * size >> 10) - HEIGHT, 0)
    shear = size * (slant_play * 2 + slant_habit * 3) // (5 * _ONE)  # by 5.7 degrees at most, and by 8.5
    return _Stance(size, shear, foot * shear - ((left + right) * size >> 1), line * _ONE - foot * size)


def _stood(glyphs: Outlines, stance: _Stance) -> Outlines:
    """Return glyphs with their points where they go."""
    x, y = glyphs.points.T
    lower = glyphs.for_points(stance.size)
    right = lower * x  # and in place from here, since the outlines of noise are long
    right -= y * glyphs.for_points(stance.shear)
    right += glyphs.for_points(stance.across)
    lower *= y
    lower += glyphs.for_points(stance.down)
    points = np.stack([right, lower], axis=1)
    points >>= 10
    return glyphs.with_points(points)


def _steps(
    lefts: NDArray[np.int32],
    rights: NDArray[np.int32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    script: Script,
) -> NDArray[np.int32]:
    """Return how far each glyph's origin is to the right of the one before it: int32 (N,).

    Args:
        lefts: left edges of the ink in each row, see `profiles`.
        rights: right edges.
        left: left edge of the whole glyph, 0 for one without ink: int32 (N,).
        right: right edge, as left.
        script: the numbers.
    """
    near = rights.copy()  # the ink in the same row, or in the one above or below it
    np.maximum(near[:, 1:], rights[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], rights[:, 1:], out=near[:, :-1])
    nearest = (near[:-1] - lefts[1:]).max(axis=1)
    apart, widths = right[:-1] - left[1:], right - left
    gap = _GAP + (script.habits[script.number[1:], 0] * _GAP_HABIT + script.play[1:, 0] * _GAP_PLAY) // MOST
    deepest = np.minimum(_DEEPEST, np.minimum(widths[:-1], widths[1:]) >> 1)
    has_sign = ~(script.is_digit[:-1] & script.is_digit[1:])
    gap = np.where(has_sign, np.maximum(gap, _CLEAR), gap)
    deepest = np.where(has_sign, np.minimum(deepest, _CLEAR), deepest)
    steps = np.zeros(len(lefts), np.int32)
    steps[1:] = np.maximum(nearest + gap, apart - deepest)
    return steps
