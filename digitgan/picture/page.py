"""Glyphs where they stand on a page, for pictures without pixels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.layout import HEIGHT
from digitgan.ink.outlines import Outlines


class Page(NamedTuple):
    """A page of glyphs; lengths are in units, of which a digit's square is `HEIGHT` high.

    Attributes:
        glyphs: from the upper left corner of the page.
        height: of the page.
        width: of the page.
    """

    glyphs: Outlines
    height: int
    width: int


def in_rows(glyphs: Outlines, rows: NDArray[np.integer], lefts: NDArray[np.integer], width: int, padding: int) -> Page:
    """Return a page of glyphs in rows of equal heights.

    Args:
        glyphs: N glyphs, at least one, each from the upper left corner of its square or of its number.
        rows: the row of each: (N,), never falling.
        lefts: how far to the right of its row's start each is: (N,).
        width: of the widest row.
        padding: between rows, and around all.
    """
    corners = np.stack([lefts + padding, rows * (HEIGHT + padding) + padding], axis=1).astype(np.int32)
    placed = glyphs.with_points(glyphs.points + glyphs.for_points(corners))
    height = (int(rows[-1]) + 1) * (HEIGHT + padding) + padding
    return Page(placed, height, width + 2 * padding)
