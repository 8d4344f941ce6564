"""Measures of glyphs whose size, stroke and slant are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.ink.measures import NOWHERE, ROW, extents, moments, profiles, sketch
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.tracing import trace

from .glyphs import Images, images

_HEIGHT = 28 * UNITS
_POINTS = st.lists(st.tuples(st.integers(-500, 2500), st.integers(0, _HEIGHT - 1)), min_size=3, max_size=12)


def _glyph(*curves: list[tuple[int, int]]) -> Outlines:
    return Outlines(
        np.array([point for curve in curves for point in curve], np.int32).reshape(-1, 2),
        np.cumsum([0, *map(len, curves)], dtype=np.int32),
        np.array([0, len(curves)], np.int32),
    )


def _bar(left: int, top: int, width: int, height: int, lean: int = 0) -> list[tuple[int, int]]:
    return [(left + lean, top), (left + width + lean, top), (left + width, top + height), (left, top + height)]


@pytest.mark.parametrize("lean", [-300, 0, 500])
@pytest.mark.parametrize("left", [0, 700, 100_000])
def test_leaning_bar_has_its_stroke_and_slant(lean: int, left: int) -> None:
    bar = _glyph(_bar(left, 256, 160, 1280, lean))
    measured = moments(bar)
    assert measured.area.tolist() == [2 * 160 * 1280]
    side = int((1280**2 + lean**2) ** 0.5)
    assert measured.perimeter.tolist() == [2 * (160 + side)]
    assert measured.lean[0] / measured.spread[0] == pytest.approx(lean / 1280, abs=0.01)
    assert extents(bar).tolist() == [[left + min(lean, 0), 256, left + 160 + max(lean, 0), 1536]]


def test_hole_is_no_ink() -> None:
    ring = _glyph(_bar(0, 0, 1000, 1000), _bar(200, 200, 600, 600)[::-1])
    solid = _glyph(_bar(0, 0, 1000, 1000))
    hole = _glyph(_bar(200, 200, 600, 600))
    for of_ring, of_solid, of_hole in zip(moments(ring)[::2], moments(solid)[::2], moments(hole)[::2], strict=True):
        assert of_ring == of_solid - of_hole


def test_glyph_without_ink_measures_nothing() -> None:
    both = Outlines.joined([_glyph(), _glyph(_bar(10, 20, 30, 40))])
    assert extents(both).tolist() == [[0] * 4, [10, 20, 40, 60]]
    assert [int(each[0]) for each in moments(both)] == [0] * 4
    lefts, rights = profiles(both, _HEIGHT)
    assert (lefts[0] == NOWHERE).all()
    assert (rights[0] == -NOWHERE).all()


@given(_POINTS)
def test_profile_holds_the_points_of_each_row(curve: list[tuple[int, int]]) -> None:
    lefts, rights = (edges[0].tolist() for edges in profiles(_glyph(curve), _HEIGHT))
    for row in range(_HEIGHT // ROW):
        xs = [x for x, y in curve if y // ROW == row]
        assert (lefts[row], rights[row]) == ((min(xs), max(xs)) if xs else (NOWHERE, -NOWHERE))


@given(images())
def test_sketch_of_traced_ink_leaves_no_two_rows_without_points(some: Images) -> None:
    outlines = trace(some)
    rough = sketch(outlines)
    assert rough.glyph_starts.tolist() == outlines.glyph_starts.tolist()
    for glyph in range(len(rough)):
        for curve, whole in zip(rough.glyph(glyph), outlines.glyph(glyph), strict=True):
            assert len(curve) >= min(len(whole), 16)
            assert set(map(tuple, curve.tolist())) <= set(map(tuple, whole.tolist()))
            assert np.abs(np.diff(curve[:, 1] // ROW, append=curve[0, 1] // ROW)).max() <= 2
