"""When a pen is where, while it writes glyphs one after the other at an even speed.

Times are in units of the outlines: the pen needs one to go as far as one unit, and a while from stroke to stroke.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS
from digitgan.ink.pen import Stroke

_LIFT = 4 * UNITS  # between two strokes of a glyph
_MOVE = 6 * UNITS  # between two glyphs
_DOT = 2 * UNITS  # a dot itself
_STEP = UNITS // 2  # the longest way between two places of a walk


class Span(NamedTuple):
    """When a stroke begins and when it is over."""

    start: int
    end: int


def schedule(glyphs: Sequence[Sequence[Stroke]]) -> list[list[Span]]:
    """Return the time of each stroke of each glyph, from 0 on; each takes some time."""
    now, spans = 0, list[list[Span]]()
    for strokes in glyphs:
        spans.append([])
        for stroke in strokes:
            end = now + max(_DOT, sum(_lengths(stroke)))
            spans[-1].append(Span(now, end))
            now = end + _LIFT
        now += (_MOVE - _LIFT) if strokes else 0
    return spans


def duration(spans: Sequence[Sequence[Span]]) -> int:
    """Return when the last stroke of all glyphs is over; 0 if there is none."""
    return max((span.end for each in spans for span in each), default=0)


def walk(strokes: Sequence[Stroke], spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return where the pen is while it writes a glyph: int64 (K, 3), x, y and time, close to each other."""
    places = []
    for stroke, span in zip(strokes, spans, strict=True):
        now = span.start
        for length, (a, b) in zip(_lengths(stroke), pairwise(stroke.points.astype(np.int64)), strict=True):
            n = length // _STEP + 1
            step = np.arange(n)[:, None]
            places.append(np.column_stack([a + (b - a) * step // n, now + length * step // n]))
            now += length
        places.append(np.array([[*stroke.points[-1].tolist(), span.end]]))
    return np.concatenate([np.empty((0, 3), np.int64), *places])


def _lengths(stroke: Stroke) -> list[int]:
    return [isqrt((c - a) ** 2 + (d - b) ** 2) for (a, b), (c, d) in pairwise(stroke.points.tolist())]
