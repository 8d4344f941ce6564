"""Signs: frozen points, in the pen and slant of their hand, and inside the picture."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.limits import SIGNS
from digitgan.ink.measures import ROW, SLANT, extents, moments, sketch
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.script import MOST, Script
from digitgan.ink.signs import BASELINE, draw_signs

_SQUARE = 28 * UNITS
_N = len(SIGNS) - 1  # without the space
_VALUES = st.lists(st.integers(-MOST, MOST), min_size=8, max_size=8)


def _drawn(pen: int, slant: int, play: list[int] | None = None) -> Outlines:
    plays = np.tile(np.array(play or [0] * 8, np.int32), (_N, 1))
    return draw_signs(np.arange(_N, dtype=np.int8), np.full(_N, pen, np.int32), np.full(_N, slant, np.int32), plays)


def test_points_are_frozen() -> None:
    script = Script([SIGNS], [7])
    n = len(SIGNS)
    signs = draw_signs(
        script.signs, np.arange(100, 100 + n, dtype=np.int32), np.arange(-50, n - 50, dtype=np.int32), script.play
    )
    arrays = (signs.points, signs.curve_starts, signs.glyph_starts)
    digest = hashlib.sha256(b"".join(array.astype("<i4").tobytes() for array in arrays)).hexdigest()
    assert digest[:16] == "8073be0cf1f7909f"


@given(st.integers(0, 400), st.integers(-SLANT, SLANT), _VALUES)
def test_curves_turn_as_digits_do_and_only_rings_have_holes(pen: int, slant: int, play: list[int]) -> None:
    signs = _drawn(pen, slant, play)
    for sign, (first, end) in enumerate(zip(signs.glyph_starts, signs.glyph_starts[1:], strict=False)):
        areas = []
        for curve in range(first, end):
            x, y = signs.points[signs.curve_starts[curve] : signs.curve_starts[curve + 1]].astype(np.int64).T
            areas.append(int(x @ np.roll(y, -1) - np.roll(x, -1) @ y))
        holes = [area for area in areas if area <= 0]
        assert len(holes) == (2 if SIGNS[sign] == "%" else 0)


@pytest.mark.parametrize("sign", "-/()")
@pytest.mark.parametrize("pen", [100, 150, 200])
def test_strokes_are_as_thick_as_the_hand(sign: str, pen: int) -> None:
    measured = moments(_drawn(pen, 0).take(np.array([SIGNS.index(sign)])))
    assert measured.area[0] / measured.perimeter[0] == pytest.approx(pen, rel=0.12)


@pytest.mark.parametrize("sign", "/()")
def test_strokes_lean_as_the_hand(sign: str) -> None:
    leaning, upright = (moments(_drawn(150, slant).take(np.array([SIGNS.index(sign)]))) for slant in (300, 0))
    more = leaning.lean[0] / leaning.spread[0] - upright.lean[0] / upright.spread[0]
    assert more == pytest.approx(300 / SLANT, rel=0.05)


def test_signs_stand_where_writers_put_them() -> None:
    boxes = dict(zip(SIGNS, extents(_drawn(160, 0)).tolist(), strict=False))
    middle = BASELINE - 10 * UNITS  # of a digit
    assert all(box[0] + box[2] == pytest.approx(_SQUARE, abs=2 * UNITS) for box in boxes.values())
    assert boxes["."][3] == pytest.approx(BASELINE, abs=UNITS)
    assert boxes[","][1] < BASELINE < boxes[","][3] - UNITS
    assert boxes["-"][1] < middle + 2 * UNITS < boxes["-"][3] + UNITS
    for tall in "/()%":
        assert boxes[tall][3] - boxes[tall][1] > 18 * UNITS
    for box in boxes.values():
        assert 0 <= box[1] < box[3] <= _SQUARE


@settings(max_examples=25)
@given(st.integers(0, 400), st.integers(-SLANT, SLANT), _VALUES)
def test_sketch_of_signs_leaves_no_two_rows_without_points(pen: int, slant: int, play: list[int]) -> None:
    rough = sketch(_drawn(pen, slant, play))
    for sign in range(len(rough)):
        for curve in rough.glyph(sign):
            assert np.abs(np.diff(curve[:, 1] // ROW, append=curve[0, 1] // ROW)).max() <= 2


def test_sign_varies_and_stays_the_same_for_the_same_variation() -> None:
    assert np.array_equal(_drawn(150, 100, [50] * 8).points, _drawn(150, 100, [50] * 8).points)
    for value in range(2, 8):
        play = [0] * 8
        play[value] = 200
        moved = np.abs(_drawn(150, 100, play).points - _drawn(150, 100).points).max()
        assert UNITS // 20 < moved < 3 * UNITS
