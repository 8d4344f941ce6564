"""Outlines are parts of each other, join again, and can be chosen glyph by glyph."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitgan.ink.outlines import Outlines

SQUARE = np.array([[0, 0], [8, 0], [8, 8], [0, 8]], np.int32)
LENGTHS = st.lists(st.lists(st.integers(3, 5), max_size=3), max_size=4)  # of the curves of glyphs


def test_joined_parts_equal_the_whole() -> None:
    whole = Outlines.of([[SQUARE], [], [SQUARE + 1, SQUARE[::-1]], [SQUARE * 2]])
    again = Outlines.joined([whole.part(0, 1), whole.part(1, 3), whole.part(3, 4), whole.part(4, 4)])
    for name in ("points", "curve_starts", "glyph_starts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    assert len(whole) == 4
    assert whole.glyph_points.tolist() == [0, 4, 4, 12, 16]


def test_glyph_returns_its_curves() -> None:
    outlines = Outlines.of([[SQUARE], [SQUARE + 1, SQUARE + 2], []])
    assert [len(outlines.glyph(position)) for position in range(3)] == [1, 2, 0]
    np.testing.assert_array_equal(outlines.glyph(1)[1], SQUARE + 2)


@given(LENGTHS, st.data())
def test_taken_glyphs_have_all_their_curves(lengths: list[list[int]], data: st.DataObject) -> None:
    corner = iter(range(100))
    glyphs = [[np.full((n, 2), next(corner), np.int32) for n in glyph] for glyph in lengths]
    positions = data.draw(st.lists(st.integers(0, len(glyphs) - 1), max_size=6)) if glyphs else []
    taken = Outlines.of(glyphs).take(np.array(positions, np.intp))
    expected = Outlines.of([glyphs[position] for position in positions])
    for name in ("points", "curve_starts", "glyph_starts"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(expected, name))
        assert getattr(taken, name).dtype == np.int32


def test_values_of_glyphs_are_given_to_their_points() -> None:
    outlines = Outlines.of([[SQUARE], [], [SQUARE, SQUARE]])
    assert outlines.for_points(np.array([7, 8, 9])).tolist() == [7] * 4 + [9] * 8
    moved = outlines.with_points(outlines.points + outlines.for_points(np.array([[1, 0], [0, 0], [0, 2]])))
    np.testing.assert_array_equal(moved.glyph(0)[0], SQUARE + np.array([1, 0]))
    np.testing.assert_array_equal(moved.glyph(2)[1], SQUARE + np.array([0, 2]))
    assert moved.points.dtype == np.int32
