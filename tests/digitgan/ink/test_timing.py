"""A pen writes stroke after stroke at an even speed."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitgan.ink.pen import Stroke
from digitgan.ink.timing import duration, schedule, walk

points = st.lists(st.tuples(st.integers(-4000, 4000), st.integers(-4000, 4000)), min_size=1, max_size=9)
strokes = points.map(lambda each: Stroke(np.array(each, np.int32), 90))
glyphs = st.lists(st.lists(strokes, max_size=3), max_size=4)


def a_stroke(*places: tuple[int, int]) -> Stroke:
    return Stroke(np.array(places, np.int32), 90)


@given(glyphs)
def test_strokes_follow_each_other_with_a_pause(given_glyphs: list[list[Stroke]]) -> None:
    spans = schedule(given_glyphs)
    assert [*map(len, spans)] == [*map(len, given_glyphs)]
    flat = [span for each in spans for span in each]
    assert all(span.start < span.end for span in flat)
    assert all(a.end < b.start for a, b in pairwise(flat))
    assert duration(spans) == (flat[-1].end if flat else 0)


@given(st.lists(strokes, min_size=1, max_size=3))
def test_a_walk_passes_all_points_in_time_and_without_leaps(given_strokes: list[Stroke]) -> None:
    spans = schedule([given_strokes])[0]
    places = walk(given_strokes, spans)
    assert (np.diff(places[:, 2]) >= 0).all()
    for stroke, span in zip(given_strokes, spans, strict=True):
        passed = places[(places[:, 2] >= span.start) & (places[:, 2] <= span.end), :2]
        assert passed[0].tolist() == stroke.points[0].tolist()
        assert passed[-1].tolist() == stroke.points[-1].tolist()
        assert np.abs(np.diff(passed, axis=0)).max(initial=0) <= 33
        assert {tuple(each) for each in stroke.points.tolist()} <= {tuple(each) for each in passed.tolist()}


def test_twice_the_way_takes_twice_the_time() -> None:
    [[short, long]] = schedule([[a_stroke((0, 0), (300, 400)), a_stroke((0, 0), (600, 800))]])
    assert 2 * (short.end - short.start) == long.end - long.start == 1000


def test_the_way_to_the_next_glyph_takes_longer_than_that_to_the_next_stroke() -> None:
    one = a_stroke((0, 0), (500, 0))
    [[a, b], [c]] = schedule([[one, one], [one]])
    assert b.start - a.end < c.start - b.end
