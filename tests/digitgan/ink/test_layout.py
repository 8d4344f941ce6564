"""Natural layout: what holds for any glyphs, and its frozen points."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.limits import SIGNS
from digitgan.ink.layout import HEIGHT, MARGIN, Line, most_units, natural, with_signs
from digitgan.ink.measures import extents
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.script import Script

_TEXTS = st.lists(st.text("0123456789" + SIGNS, min_size=1, max_size=12), min_size=1, max_size=3)
_CURVES = st.lists(
    st.lists(st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT)), min_size=3, max_size=9),
    min_size=10,
    max_size=10,
)


def _digits(script: Script) -> Outlines:
    """Return a plain outline for each digit: a leaning quadrilateral, as large as its class has it."""
    labels = script.labels.astype(np.int32)
    tall, wide, lean = 900 + 40 * labels, 200 + 90 * labels, 30 * labels
    left, top = 300 - 10 * labels, 250 + 5 * labels
    corners = [(left + lean, top), (left + wide + lean, top), (left + wide, top + tall), (left, top + tall)]
    points = np.stack([np.stack(corner, axis=1) for corner in corners], axis=1).reshape(-1, 2)
    starts = np.arange(len(labels) + 1, dtype=np.int32)
    return Outlines(points.astype(np.int32), 4 * starts, starts)


def _written(texts: Sequence[str], keys: Sequence[int]) -> Line:
    script = Script(texts, keys)
    return natural(with_signs(_digits(script), script), script)


def _number(line: Line, texts: Sequence[str], number: int) -> Outlines:
    first = sum(map(len, texts[:number]))
    return line.glyphs.take(np.arange(first, first + len(texts[number])))


def test_layout_is_frozen() -> None:
    line = _written(["2026-11-29", "+49 (30) 9018", "7,5%"], [1, 2, 2**64 - 1])
    arrays = (line.glyphs.points, line.glyphs.curve_starts, line.glyphs.glyph_starts, line.widths)
    digest = hashlib.sha256(b"".join(array.astype("<i4").tobytes() for array in arrays)).hexdigest()
    assert digest[:16] == "f743b230f18450d1"


@settings(max_examples=50)
@given(_CURVES, _TEXTS, st.data())
def test_any_ink_stays_inside_the_picture(
    shapes: list[list[tuple[int, int]]], texts: list[str], data: st.DataObject
) -> None:
    script = Script(texts, data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=len(texts), max_size=len(texts))))
    digits = Outlines(
        np.array([point for shape in shapes for point in shape], np.int32),
        np.cumsum([0, *map(len, shapes)], dtype=np.int32),
        np.arange(11, dtype=np.int32),
    )
    line = natural(with_signs(digits.take(script.labels), script), script)
    for number, width in enumerate(line.widths):
        x, y = _number(line, texts, number).points.T
        if len(x):
            assert x.min() >= 0 and x.max() <= width
            assert y.min() >= 0 and y.max() <= HEIGHT
        assert width <= most_units(len(texts[number]))


@given(_TEXTS, st.integers(0, 2**53 - 1))
def test_glyphs_follow_each_other_from_left_to_right(texts: list[str], key: int) -> None:
    line = _written(texts, [key] * len(texts))
    for number, text in enumerate(texts):
        boxes = extents(_number(line, texts, number))[[character != " " for character in text]]
        assert (np.diff(boxes[:, 0] + boxes[:, 2]) > 0).all()


@given(st.integers(0, 2**53 - 1))
def test_digits_stand_on_the_line(key: int) -> None:
    feet = extents(_written(["0123456789" * 6], [key]).glyphs)[:, 3]
    assert np.ptp(feet) <= 3 * UNITS + 8
    assert feet.max() <= HEIGHT - MARGIN


def test_space_parts_words() -> None:
    widths = np.array([_written(["11", "1 1"], [key] * 2).widths for key in range(40)])
    assert 7 * UNITS < np.diff(widths).mean() < 14 * UNITS
    assert np.diff(widths).min() > 3 * UNITS


def test_hands_differ_in_their_spacing_and_some_let_digits_touch() -> None:
    gaps = []
    for key in range(100):
        boxes = extents(_written(["00000000"], [key]).glyphs)
        gaps.append(np.mean(boxes[1:, 0] - boxes[:-1, 2]) / UNITS)
    assert min(gaps) < 0.2
    assert max(gaps) > 4


def test_number_is_the_same_alone_and_among_others() -> None:
    texts, keys = ["2026", "3.14", "2026", "2027"], [5, 5, 5, 6]
    line = _written(texts, keys)
    alone = _written(["2026"], [5])
    for number in (0, 2):
        assert np.array_equal(_number(line, texts, number).points, alone.glyphs.points)
        assert line.widths[number] == alone.widths[0]


@pytest.mark.parametrize("text", ["1", " 1 ", "1" * 64])
def test_numbers_of_any_length_are_written(text: str) -> None:
    line = _written([text], [3])
    assert len(line.glyphs.glyph_starts) == len(text) + 1
    assert 0 < line.widths[0] < 28 * UNITS * len(text)


def test_signs_take_the_place_of_their_characters() -> None:
    script = Script(["-1,5", "20"], [1, 1])
    digits = _digits(script)
    glyphs = with_signs(digits, script)
    assert len(glyphs.glyph_starts) == 7
    assert np.array_equal(glyphs.take(np.array([1, 3, 4, 5])).points, digits.points)
    assert np.diff(glyphs.glyph_points)[[0, 2]].min() > 4


@pytest.mark.parametrize("blank", [{0}, {1, 2}, {4}, {0, 1, 2, 3, 4}])
def test_images_without_ink_take_no_more_room_than_others(blank: set[int]) -> None:
    script = Script(["20.26"], [1])
    glyphs = with_signs(_digits(script), script)
    nothing = Outlines(np.zeros((0, 2), np.int32), np.zeros(1, np.int32), np.zeros(2, np.int32))
    some = [nothing if each in blank else glyphs.part(each, each + 1) for each in range(5)]
    assert 0 < natural(Outlines.joined(some), script).widths[0] <= most_units(5)
