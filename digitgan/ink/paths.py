"""Outlines to the path data of SVG: the same curves, in integers, with the fewest separators.

Nothing here may change without a new major version. A unit of the text is half a unit of the outlines, since the
midpoints of points are then integers. A curve begins at the midpoint of its last point and its first; the first arc is
written with its control point (`q`), and each other arc only as where it ends (`t`), since its control point is the
reflection of the one before it. All but the start is relative.

`paths_in_python` is the definition. If `digitgan.ink._ink` is compiled, `paths` uses that instead, which gives the same
texts in a fraction of the time. Source: W3C, "Scalable Vector Graphics (SVG) 2", section 9.3.
"""

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS, Outlines

try:
    from digitgan.ink._ink import paths as _paths_compiled

    IS_COMPILED = True
except ImportError:  # installed without a compiler, or run from a checkout without a build
    IS_COMPILED = False

PATH_UNITS = 2 * UNITS  # of the text's coordinates, for each pixel of the model


def paths(outlines: Outlines) -> list[bytes]:
    """Return the value of the attribute `d` for each glyph; empty for a glyph without curves."""
    if not IS_COMPILED:
        return paths_in_python(outlines)
    return _paths_compiled(*outlines.arrays)


def paths_in_python(outlines: Outlines) -> list[bytes]:
    """Return the same as `paths`, without the extension."""
    return ["".join(map(_path, outlines.glyph(each))).encode() for each in range(len(outlines))]


def _path(curve: NDArray[np.int32]) -> str:
    """Return the text of one closed curve of at least two points: int32 (K, 2)."""
    ends = curve + np.roll(curve, -1, axis=0)
    start = ends[-1]
    first, *others = np.diff(ends, axis=0, prepend=start[None])
    control = 2 * curve[0] - start
    return f"M{_numbers(start)}q{_numbers(control, first)}t{_numbers(*others)}z"


def _numbers(*points: NDArray[np.int32]) -> str:
    return " ".join(str(each) for point in points for each in point.tolist()).replace(" -", "-")
