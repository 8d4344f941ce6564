"""Knows how pictures must look and how large they may be. Does not know file formats."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.picture.picture import MAX_PIXELS, MAX_STREAMED_PIXELS, Picture

SIDES = st.integers(1, 6)


@given(SIDES, SIDES, SIDES, SIDES)
def test_each_pixel_becomes_a_square(n: int, height: int, width: int, scale: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (n, height, width), np.uint8)
    shown = Picture(scale=scale).each(pixels)
    assert np.array_equal(shown, np.kron(pixels, np.ones((1, scale, scale), np.uint8)))


def test_inverted_ink_is_black_on_white() -> None:
    pixels = np.array([[[0, 255, 100]]], np.uint8)
    assert Picture(invert=True).each(pixels).tolist() == [[[255, 0, 155]]]
    page = Picture(invert=True, padding=1, columns=1).page(np.repeat(pixels, 2, axis=0))
    assert page.tolist() == [[255] * 5, [255, 255, 0, 155, 255]] * 2 + [[255] * 5]


def test_showing_leaves_the_generated_pixels_alone() -> None:
    pixels = np.zeros((2, 2, 2), np.uint8)
    for picture in (Picture(), Picture(invert=True), Picture(scale=2, invert=True)):
        picture.each(pixels), picture.page(pixels)
    assert not pixels.any()


@given(st.integers(2, 300), SIDES, SIDES, st.none() | st.integers(1, 40), st.integers(0, 5), SIDES)
def test_the_limit_counts_the_pixels_of_the_real_sheet(
    n: int, height: int, width: int, columns: int | None, padding: int, scale: int
) -> None:
    picture = Picture(scale, columns, padding)
    page = picture.page(np.zeros((n, height, width), np.uint8))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1  # the first scale at which it is too large
    Picture(huge - 1, columns, padding).check(n, height, width) if huge > 1 else None
    with pytest.raises(InvalidPlan, match=f"at most {MAX_PIXELS}") as refused:
        Picture(huge, columns, padding).check(n, height, width)
    assert refused.value.field == "scale"


@pytest.mark.parametrize(("n", "shape"), [(1, (1, 1)), (2, (1, 2)), (5, (2, 3)), (9, (3, 3)), (10, (3, 4))])
def test_a_sheet_is_as_square_as_can_be_unless_columns_are_named(n: int, shape: tuple[int, int]) -> None:
    pixels = np.zeros((n, 1, 1), np.uint8)
    assert Picture().page(pixels).shape == shape
    assert Picture(columns=n).page(pixels).shape == (1, n)


@given(st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=2, max_size=6), st.integers(0, 5), SIDES)
def test_the_limit_counts_the_pixels_of_strips_too(numbers: list[str], gap: int, scale: int) -> None:
    n = sum(map(len, numbers))
    picture = Picture(scale, padding=3, numbers=tuple(numbers), gap=gap)
    page = picture.page(np.zeros((n, 4, 4), np.uint8))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1
    replace(picture, scale=huge - 1).check(n, 4, 4)
    with pytest.raises(InvalidPlan):
        replace(picture, scale=huge).check(n, 4, 4)


def test_numbers_stand_one_a_row_from_the_left() -> None:
    pixels = np.arange(1, 4, dtype=np.uint8)[:, None, None]
    page = Picture(numbers=("12", "3"), gap=1, padding=1).page(pixels)
    assert page.tolist() == [[0] * 5, [0, 1, 0, 2, 0], [0] * 5, [0, 3, 0, 0, 0], [0] * 5]


def test_a_stream_may_show_more_than_is_held_at_a_time_but_not_without_end() -> None:
    assert MAX_PIXELS < 100_000 * 28 * 28 * 25
    Picture(scale=5).check_stream(100_000, 28, 28)
    with pytest.raises(InvalidPlan, match=f"at most {MAX_STREAMED_PIXELS}") as refused:
        Picture(scale=6).check_stream(100_000, 28, 28)
    assert refused.value.field == "scale"
