"""Images as they are drawn: pixels and ink, sheets, numbers, and curves on a page."""

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.engine.plan import n_digits
from digitgan.engine.source import Seeds
from digitgan.ink.layout import HEIGHT
from digitgan.ink.raster import draw, ink_boxes
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from digitgan.png.encoder import encode
from tests.digitgan.picture.rings import rings

SIDES = st.integers(1, 6)
SOURCE = Seeds(range(9))


@given(SIDES, SIDES, SIDES, SIDES)
def test_each_pixel_becomes_a_square(n: int, height: int, width: int, scale: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (n, height, width), np.uint8)
    shown = drawing.each(Picture(scale=scale), pixels)
    assert np.array_equal(shown, np.kron(pixels, np.ones((1, scale, scale), np.uint8)))


def test_inverted_pictures_are_black_on_white() -> None:
    pixels = np.array([[[0, 255, 100]]], np.uint8)
    assert drawing.each(Picture(invert=True), pixels).tolist() == [[[255, 0, 155]]]
    page = drawing.page(Picture(invert=True, padding=1, columns=1), np.repeat(pixels, 2, axis=0), Seeds(range(2)))
    assert page.tolist() == [[255] * 5, [255, 255, 0, 155, 255]] * 2 + [[255] * 5]


def test_pictures_do_not_change_the_generated_pixels() -> None:
    pixels = np.zeros((2, 2, 2), np.uint8)
    for picture in (Picture(), Picture(invert=True), Picture(scale=2, invert=True)):
        drawing.each(picture, pixels), drawing.page(picture, pixels, Seeds(range(2)))
    assert not pixels.any()


def test_numbers_are_in_rows_aligned_on_the_left() -> None:
    pixels = np.arange(1, 4, dtype=np.uint8)[:, None, None]
    page = drawing.page(Picture(numbers=("12", "3"), gap=1, padding=1), pixels, Seeds(range(3)))
    assert page.tolist() == [[0] * 5, [0, 1, 0, 2, 0], [0] * 5, [0, 3, 0, 0, 0], [0] * 5]


@pytest.mark.parametrize("height", [28, 100, 112, 777])
def test_ink_has_any_height_and_the_shape_of_its_image(height: int) -> None:
    picture = Picture(ink=True, height=height)
    shown = drawing.each(picture, rings(2))
    assert shown.shape == (2, height, height)
    assert [bool(255 in each) for each in shown] == [True, True]
    assert np.array_equal(drawing.page(picture, rings(1), SOURCE), shown[0])
    wide = drawing.each(picture, rings(1, width=42))
    assert wide.shape == (1, height, (3 * height + 1) // 2)
    left, top, right, bottom = ink_boxes(wide)[0].tolist()
    assert abs((right - left) - (bottom - top)) <= 1 and abs(left + right - wide.shape[2]) <= 2


def test_padding_and_gap_of_ink_count_pixels_of_the_model() -> None:
    picture = Picture(ink=True, height=100, gap=1, padding=2, numbers=("12", "3"))  # 3.57 and 7.14 drawn pixels
    page, digits = drawing.page(picture, rings(3), SOURCE), drawing.each(Picture(ink=True, height=100), rings(3))
    assert page.shape == (7 + 100 + 7 + 100 + 7, 7 + 100 + 4 + 100 + 7)
    for top, left, digit in ((7, 7, digits[0]), (7, 111, digits[1]), (114, 7, digits[2])):
        assert np.array_equal(page[top : top + 100, left : left + 100], digit)
        page[top : top + 100, left : left + 100] = 0
    assert not page.any()


@pytest.mark.parametrize("looks", [{"scale": 3, "gap": 2}, {"ink": True, "height": 90, "gap": 3}, {"ink": True}])
@pytest.mark.parametrize("shade", [{}, {"invert": True}, {"color": "navy"}])
def test_strips_say_where_their_digits_and_their_ink_are(looks: dict[str, Any], shade: dict[str, Any]) -> None:
    pixels = rings(4)
    pixels[2] = 0
    picture = Picture(**looks, **shade, numbers=("12", "34"))
    drawn = drawing.each(Picture(**looks), pixels)
    boxes = ink_boxes(drawn)
    for number, strip in enumerate(drawing.strips(picture, pixels, SOURCE)):
        assert strip.cells is not None
        for digit, (cell, ink) in enumerate(zip(strip.cells, strip.inks, strict=True), 2 * number):
            left, top, right, bottom = cell
            assert np.array_equal(strip.pixels[top:bottom, left:right], drawing.each(picture, pixels)[digit])
            assert (ink == boxes[digit] + (left, 0, left, 0)).all() if digit != 2 else not ink.any()


@pytest.mark.parametrize(
    ("looks", "digest"),
    [
        ({"height": 28}, "96ea7625f20f3ad9bd1743502f213f67c96295f8c0d35cbf63c21475e67ed6a2"),
        (
            {"height": 112, "invert": True, "numbers": ("12", "3"), "gap": 1, "padding": 2},
            "d6a8e50c421821898174aed74098c9ca96ec53ba7be709c55eeb5ef6c87fce38",
        ),
        (
            {"height": 101, "color": "navy", "background": "transparent", "padding": 1},
            "af27dce3d58921395914d6cf0f544e9af7483752bc1a94ca835325419eae4a86",
        ),
    ],
)
def test_bytes_of_ink_are_frozen(looks: dict[str, Any], digest: str) -> None:
    picture = Picture(ink=True, **looks)
    [content] = encode(drawing.page(picture, rings(3), SOURCE)[None], palette=picture.palette)
    assert hashlib.sha256(content).hexdigest() == digest


@pytest.mark.parametrize("height", [28, 112])
@pytest.mark.parametrize(
    "fields",
    [
        {"padding": 3},
        {"padding": 3, "columns": 2},
        {"padding": 2, "numbers": ("01",), "gap": 4},
        {"padding": 2, "numbers": ("0.1", "/2 3", "4"), "gap": 4},
        {"padding": 2, "numbers": ("0.1", "/2 3", "4"), "layout": "natural"},
    ],
)
def test_placed_glyphs_are_where_ink_is_drawn(fields: dict[str, Any], height: int) -> None:
    n = sum(map(n_digits, fields.get("numbers", ("12345",))))
    picture = Picture(ink=True, height=height, **fields)
    drawn = drawing.page(picture, rings(n), SOURCE)
    page = drawing.placed(picture, rings(n), SOURCE)
    assert (-(-page.height * height // HEIGHT), -(-page.width * height // HEIGHT)) == drawn.shape
    whole = draw(page.glyphs, np.array([0, len(page.glyphs)], np.int32), *drawn.shape, scale=height, units=HEIGHT)
    assert np.array_equal(whole.pixels[0], drawn)
