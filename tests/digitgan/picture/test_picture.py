"""How pictures look and how large they may be."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_PIXELS, MAX_STREAMED_PIXELS
from digitgan.picture.picture import Picture

SIDES = st.integers(1, 6)


@given(SIDES, SIDES, SIDES, SIDES)
def test_each_pixel_becomes_a_square(n: int, height: int, width: int, scale: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (n, height, width), np.uint8)
    shown = Picture(scale=scale).each(pixels)
    assert np.array_equal(shown, np.kron(pixels, np.ones((1, scale, scale), np.uint8)))


def test_inverted_pictures_are_black_on_white() -> None:
    pixels = np.array([[[0, 255, 100]]], np.uint8)
    assert Picture(invert=True).each(pixels).tolist() == [[[255, 0, 155]]]
    page = Picture(invert=True, padding=1, columns=1).page(np.repeat(pixels, 2, axis=0))
    assert page.tolist() == [[255] * 5, [255, 255, 0, 155, 255]] * 2 + [[255] * 5]


def test_pictures_do_not_change_the_generated_pixels() -> None:
    pixels = np.zeros((2, 2, 2), np.uint8)
    for picture in (Picture(), Picture(invert=True), Picture(scale=2, invert=True)):
        picture.each(pixels), picture.page(pixels)
    assert not pixels.any()


@given(st.integers(2, 300), SIDES, SIDES, st.none() | st.integers(1, 40), st.integers(0, 5), SIDES)
def test_limit_counts_the_pixels_of_the_whole_sheet(
    n: int, height: int, width: int, columns: int | None, padding: int, scale: int
) -> None:
    picture = Picture(scale=scale, columns=columns, padding=padding)
    page = picture.page(np.zeros((n, height, width), np.uint8))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1  # the smallest scale that is too large
    if huge > 1:
        replace(picture, scale=huge - 1).check(n, height, width)
    with pytest.raises(InvalidPlan, match=f"the limit is {MAX_PIXELS:,}") as refused:
        replace(picture, scale=huge).check(n, height, width)
    assert refused.value.field == "scale"


@pytest.mark.parametrize(("n", "shape"), [(1, (1, 1)), (2, (1, 2)), (5, (2, 3)), (9, (3, 3)), (10, (3, 4))])
def test_sheet_is_as_square_as_possible_unless_columns_are_given(n: int, shape: tuple[int, int]) -> None:
    pixels = np.zeros((n, 1, 1), np.uint8)
    assert Picture().page(pixels).shape == shape
    assert Picture(columns=n).page(pixels).shape == (1, n)


@given(st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=2, max_size=6), st.integers(0, 5), SIDES)
def test_limit_counts_the_pixels_of_strips(numbers: list[str], gap: int, scale: int) -> None:
    n = sum(map(len, numbers))
    picture = Picture(scale=scale, padding=3, numbers=tuple(numbers), gap=gap)
    page = picture.page(np.zeros((n, 4, 4), np.uint8))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1
    replace(picture, scale=huge - 1).check(n, 4, 4)
    with pytest.raises(InvalidPlan):
        replace(picture, scale=huge).check(n, 4, 4)


def test_numbers_are_in_rows_aligned_on_the_left() -> None:
    pixels = np.arange(1, 4, dtype=np.uint8)[:, None, None]
    page = Picture(numbers=("12", "3"), gap=1, padding=1).page(pixels)
    assert page.tolist() == [[0] * 5, [0, 1, 0, 2, 0], [0] * 5, [0, 3, 0, 0, 0], [0] * 5]


def test_stream_has_a_larger_limit_than_pictures_in_memory() -> None:
    assert MAX_PIXELS < 100_000 * 28 * 28 * 25
    Picture(scale=5).check_stream(100_000, 28, 28)
    with pytest.raises(InvalidPlan, match=f"the limit is {MAX_STREAMED_PIXELS:,}") as refused:
        Picture(scale=6).check_stream(100_000, 28, 28)
    assert refused.value.field == "scale"


@pytest.mark.parametrize(
    ("picture", "longest"),
    [
        (Picture(scale=10, columns=3, padding=1), 10 * (3 * (4 + 1) + 1)),
        (Picture(scale=10, columns=1), 10 * 5 * 3),
        (Picture(scale=10, numbers=("123", "45"), gap=2, padding=1), 10 * (3 * (4 + 2) - 2 + 2)),
    ],
)
def test_longest_side_is_limited_by_the_format(picture: Picture, longest: int) -> None:
    assert longest == max(picture.page(np.zeros((5, 3, 4), np.uint8)).shape)
    picture.check_sides(5, 3, 4, longest)
    expected = f"the picture would be {longest} pixels long; this format holds at most {longest - 1}"
    with pytest.raises(InvalidPlan, match=expected) as refused:
        picture.check_sides(5, 3, 4, longest - 1)
    assert refused.value.field == "scale"
