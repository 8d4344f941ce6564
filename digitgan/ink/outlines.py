"""Curves around the ink of glyphs: what every drawing in ink is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

UNITS = 64  # of the curves' coordinates, for each pixel of a model


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """The closed curves of N glyphs.

    A curve is a uniform quadratic B-spline: it passes through the midpoint of each two consecutive points, and each
    point is the control point of the arc between the two midpoints beside it. Around ink, a curve turns clockwise as
    seen; around a hole, the other way. So within a glyph the rules "even-odd" and "nonzero" fill the same.

    Attributes:
        points: int32 (P, 2), x to the right and y down, in units of 1/64 pixel of the model, from the upper left
            corner of the glyph's square.
        curve_starts: int32 (C + 1,), the first point of each curve, and P.
        glyph_starts: int32 (N + 1,), the first curve of each glyph, and C.
    """

    points: NDArray[np.int32]
    curve_starts: NDArray[np.int32]
    glyph_starts: NDArray[np.int32]

    @classmethod
    def of(cls, glyphs: Sequence[Sequence[NDArray[np.int32]]]) -> Self:
        """Return the outlines of glyphs that are given as lists of curves, each int32 (K, 2), K at least 3."""
        curves = [curve for glyph in glyphs for curve in glyph]
        points = np.concatenate(curves) if curves else np.empty((0, 2))
        return cls(points.astype(np.int32), _starts(map(len, curves)), _starts(map(len, glyphs)))

    @classmethod
    def joined(cls, parts: Sequence["Outlines"]) -> Self:
        """Return the glyphs of all parts, at least one, in order."""
        first_points = np.cumsum([0, *(len(part.points) for part in parts)])
        first_curves = np.cumsum([0, *(len(part.curve_starts) - 1 for part in parts)])
        curves = [part.curve_starts[:-1] + first for part, first in zip(parts, first_points, strict=False)]
        glyphs = [part.glyph_starts[:-1] + first for part, first in zip(parts, first_curves, strict=False)]
        return cls(
            np.concatenate([part.points for part in parts]),
            np.append(np.concatenate(curves), first_points[-1]).astype(np.int32),
            np.append(np.concatenate(glyphs), first_curves[-1]).astype(np.int32),
        )

    def __len__(self) -> int:
        return len(self.glyph_starts) - 1

    @property
    def glyph_points(self) -> NDArray[np.int32]:
        """The first point of each glyph, and P: int32 (N + 1,)."""
        return self.curve_starts[self.glyph_starts]

    @property
    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """The three arrays as the compiled functions take them: int32, each row after the other."""
        points, curves, glyphs = (
            np.ascontiguousarray(each, np.int32) for each in (self.points, self.curve_starts, self.glyph_starts)
        )
        return points, curves, glyphs

    def for_points(self, values: NDArray[Number]) -> NDArray[Number]:
        """Return the value of each point's glyph: (N, ...) -> (P, ...)."""
        return np.repeat(values, np.diff(self.glyph_points), axis=0)

    def with_points(self, points: NDArray[np.integer[Any]]) -> Self:
        """Return the same curves with other points: integers (P, 2) that fit int32."""
        return replace(self, points=points.astype(np.int32, copy=False))

    def part(self, start: int, stop: int) -> Self:
        """Return glyphs start to stop."""
        glyphs = self.glyph_starts[start : stop + 1]
        curves = self.curve_starts[glyphs[0] : glyphs[-1] + 1]
        return type(self)(self.points[curves[0] : curves[-1]], curves - curves[0], glyphs - glyphs[0])

    def take(self, positions: NDArray[np.integer]) -> Self:
        """Return the glyphs at the given positions, in that order; a position may occur more than once."""
        curves, glyph_starts = _members(self.glyph_starts, positions)
        points, curve_starts = _members(self.curve_starts, curves)
        return type(self)(self.points.take(points, axis=0), curve_starts, glyph_starts)

    def glyph(self, position: int) -> list[NDArray[np.int32]]:
        """Return the curves of one glyph, each int32 (K, 2)."""
        one = self.part(position, position + 1)
        return [one.points[start:stop] for start, stop in zip(one.curve_starts, one.curve_starts[1:], strict=False)]


def _starts(lengths: Iterable[int]) -> NDArray[np.int32]:
    return np.cumsum([0, *lengths]).astype(np.int32)


def _members(starts: NDArray[np.int32], groups: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return the positions of all members of some groups, and where each group then starts.

    Args:
        starts: (N + 1,), the first member of each of all groups, and the number of members.
        groups: those that are wanted.
    """
    lengths = np.diff(starts)[groups]
    ends = np.cumsum(lengths)
    members = np.repeat(starts[:-1][groups] - (ends - lengths), lengths) + np.arange(lengths.sum())
    return members, np.concatenate([[0], ends]).astype(np.int32)
