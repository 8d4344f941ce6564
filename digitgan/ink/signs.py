"""The signs of numbers: not the model's, but drawn by code in the ink of the hand that writes the digits around them.

A sign is a skeleton with a round pen drawn along it. The pen is as thick as the hand's strokes and as slanted, and each
sign is a little different: longer, tilted, bent, drawn with more or less pressure. All arithmetic is of integers.
"""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.limits import SIGNS
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.script import SPACE

BASELINE = 24 * UNITS  # where the digits of a number stand, from the top of their squares
_CENTRE = 14 * UNITS
_MIDDLE = 10 * UNITS  # from the baseline up: where slanted signs stay in place

_ONE = 256  # of a direction, and of half a stroke's width
_TANGENT = 106  # of 22.5 degrees: a circle's octagon has its corners this far from the ends of its axes
_HALF_CIRCLE = ((_TANGENT, -_ONE), (_ONE, -_TANGENT), (_ONE, _TANGENT), (_TANGENT, _ONE))
_THINNEST, _THICKEST = UNITS * 5 // 8, UNITS * 15 // 8  # half of a stroke's width

_Point = tuple[int, int, int, int]  # skeleton x, y in units from the middle of the baseline; pen x, y
_Curve = list[_Point]


def _direction(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Return the direction from a to b, of length `_ONE`."""
    x, y = b[0] - a[0], b[1] - a[1]
    length = isqrt(x * x + y * y)
    return x * _ONE // length, y * _ONE // length


def _pen(at: tuple[int, int], along: tuple[int, int], forward: int, right: int, size: int) -> _Point:
    """Return a point of the pen's edge at a point of the skeleton, `forward` along it and `right` of it."""
    (x, y), (dx, dy) = at, along
    return x, y, (forward * dx - right * dy) * size // _ONE**2, (forward * dy + right * dx) * size // _ONE**2


def _end(at: tuple[int, int], along: tuple[int, int], size: int) -> _Curve:
    """Return the round end of a stroke, from its left to its right side."""
    return [_pen(at, along, forward, right, size) for forward, right in _HALF_CIRCLE]


def _stroke(*path: tuple[float, float], sizes: tuple[int, int] = (_ONE, _ONE)) -> _Curve:
    """Return a stroke along a path in pixels, of which the pen at first and at last has these sizes."""
    points = [(round(x * UNITS), round(y * UNITS)) for x, y in path]
    n = len(points) - 1
    pens = [sizes[0] + (sizes[1] - sizes[0]) * i // n for i in range(n + 1)]
    along = [_direction(points[max(i - 1, 0)], points[min(i + 1, n)]) for i in range(n + 1)]
    right = [_pen(points[i], along[i], 0, _ONE, pens[i]) for i in range(1, n)]
    left = [_pen(points[i], along[i], 0, -_ONE, pens[i]) for i in range(1, n)]
    back = (-along[0][0], -along[0][1])
    return [*left, *_end(points[n], along[n], pens[n]), *right[::-1], *_end(points[0], back, pens[0])]


def _ring(x: float, y: float, radius: float, size: int) -> list[_Curve]:
    """Return the outer and the inner curve of a ring around a point in pixels."""
    corners = [*_HALF_CIRCLE, *((-right, -down) for right, down in _HALF_CIRCLE)]
    centre_x, centre_y, r = round(x * UNITS), round(y * UNITS), round(radius * UNITS)

    def curve(pen: int) -> _Curve:
        return [
            (centre_x + r * right // _ONE, centre_y + r * down // _ONE, right * pen // _ONE, down * pen // _ONE)
            for right, down in corners
        ]

    return [curve(size), curve(-size)[::-1]]


def _cross(x: float, y: float, arm: float) -> _Curve:
    """Return two strokes that cross at a point in pixels."""
    cx, cy, length = round(x * UNITS), round(y * UNITS), round(arm * UNITS)
    curve: _Curve = []
    for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        along = (dx * _ONE, dy * _ONE)
        near = 2 * _ONE  # along the arm, where it leaves the corner
        curve.append(_pen((cx, cy), along, near, -_ONE, _ONE))
        curve += _end((cx + dx * length, cy + dy * length), along, _ONE)
        curve.append(_pen((cx, cy), along, near, _ONE, _ONE))
        curve.append(_pen((cx, cy), along, _ONE, _ONE, _ONE))
    return curve


_DOT = 330  # a dot's pen: it is pressed, and turned a little
_FINE = 200  # the pen of a small ring

# In pixels of the model, of which a digit is about 20 high: x from the middle of the sign, y from the baseline.
_SIGNS: dict[str, list[_Curve]] = {
    SPACE: [],
    ".": [_stroke((-0.25, -1.3), (0.25, -1.0), sizes=(_DOT, _DOT))],
    ",": [_stroke((0.6, -1.6), (0.7, -0.2), (0.1, 1.3), (-1.2, 2.6), sizes=(_DOT, 170))],
    "-": [_stroke((-3.9, -8.2), (0, -8.5), (3.9, -8.6))],
    "/": [_stroke((4.6, -20.5), (2.5, -14.5), (0, -9.3), (-2.2, -4), (-4.6, 1.2), sizes=(_ONE, 225))],
    ":": [
        _stroke((-0.2, -11), (0.2, -10.7), sizes=(_DOT, _DOT)),
        _stroke((-0.2, -3), (0.2, -2.7), sizes=(_DOT, _DOT)),
    ],
    "+": [_cross(0, -9, 5.8)],
    "%": [
        *_ring(-5.6, -15.4, 2.9, _FINE),
        _stroke((4.9, -19.5), (2.6, -14.5), (0, -9.5), (-2.6, -4.5), (-4.9, 0.3), sizes=(230, 215)),
        *_ring(5.6, -3.6, 2.9, _FINE),
    ],
    "(": [_stroke((2.4, -21), (-1.1, -17), (-2.7, -11.5), (-2.6, -6), (-0.8, -1), (2.4, 2.6), sizes=(230, 215))],
    ")": [_stroke((-2.4, -21), (1.1, -17), (2.7, -11.5), (2.6, -6), (0.8, -1), (-2.4, 2.6), sizes=(230, 215))],
}


def _denser(curve: _Curve) -> _Curve:
    """Return the same curve with twice as many points, as `profiles` needs them.

    Source: G. Chaikin, "An algorithm for high-speed curve generation", 1974.
    """
    points = np.array(curve)
    following = np.roll(points, -1, axis=0)
    cut = np.stack([3 * points + following, points + 3 * following], axis=1) + 2 >> 2
    return [(x, y, pen_x, pen_y) for x, y, pen_x, pen_y in cut.reshape(-1, 4).tolist()]


# The signs as glyphs whose points are (x, y, pen x, pen y), outer curves turning as those of digits.
_TEMPLATES = Outlines.of(
    [[np.array(_denser(_denser(_denser(curve))), np.int32) for curve in _SIGNS[sign]] for sign in SIGNS]
)


def draw_signs(
    signs: NDArray[np.int8], pens: NDArray[np.int32], slants: NDArray[np.int32], play: NDArray[np.int32]
) -> Outlines:
    """Return the outlines of M signs, each in the middle of a digit's square and on its baseline.

    Args:
        signs: their positions in `SIGNS`.
        pens: stroke width of each one's hand, in units.
        slants: of each one's hand, in steps of 1 / `SLANT`.
        play: (M, 8), their variations, of which the last six count.
    """
    outlines = _TEMPLATES.take(signs)
    half = np.clip(pens * 9 >> 4, _THINNEST, _THICKEST)  # area over half the perimeter is less than a stroke's width
    wider, higher, tilt, lean, bend, press = play[:, 2:].T
    parameters = np.stack(
        [
            2048 + wider,  # of 2048: by 12 % at most
            2048 + higher,
            tilt // 2,  # of 2048: by 3.5 degrees at most
            2 * slants + lean // 2,
            bend,
            half * (2048 + press // 2) >> 11,
        ],
        axis=1,
    ).astype(np.int32)
    wider, higher, tilt, lean, bend, half = outlines.for_points(parameters).T
    x, y, pen_x, pen_y = outlines.points.T
    up = -y - _MIDDLE
    straight = x * wider + up * lean >> 11
    bent = (up * up >> 8) * bend >> 12  # ten pixels from the middle, by 1.6 pixels at most
    points = np.stack(
        [
            _CENTRE + straight + bent + (half * pen_x >> 8),
            BASELINE + (y * higher + x * tilt >> 11) + (half * pen_y >> 8),
        ],
        axis=1,
    )
    return outlines.with_points(points)
