"""Glyphs stand in rows on a page."""

import numpy as np

from digitgan.ink.layout import HEIGHT
from digitgan.ink.outlines import Outlines
from digitgan.picture.page import in_rows

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.int32)


def test_glyphs_move_to_their_rows_and_places() -> None:
    glyphs = Outlines.of([[SQUARE], [], [SQUARE, SQUARE + 1]])
    page = in_rows(glyphs, np.array([0, 0, 1]), np.array([0, 50, 7]), 99, 5)
    assert (page.height, page.width) == (2 * HEIGHT + 15, 99 + 10)
    (first,), (), (second, third) = (page.glyphs.glyph(each) for each in range(3))
    np.testing.assert_array_equal(first, SQUARE + 5)
    np.testing.assert_array_equal(second, SQUARE + np.array([12, 10 + HEIGHT]))
    np.testing.assert_array_equal(third, second + 1)
