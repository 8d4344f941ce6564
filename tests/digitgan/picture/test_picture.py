"""How large pictures are and may be, and in which colours."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_PIXELS, MAX_STREAMED_PIXELS
from digitgan.engine.plan import n_digits
from digitgan.engine.source import Seeds
from digitgan.picture import drawing
from digitgan.picture.looks import NumberLooks
from digitgan.picture.picture import Picture
from tests.digitgan.picture.rings import rings

SIDES = st.integers(1, 6)
SOURCE = Seeds(range(9))


@given(st.integers(2, 300), SIDES, SIDES, st.none() | st.integers(1, 40), st.integers(0, 5), SIDES)
def test_limit_counts_the_pixels_of_the_whole_sheet(
    n: int, height: int, width: int, columns: int | None, padding: int, scale: int
) -> None:
    picture = Picture(scale=scale, columns=columns, padding=padding)
    page = drawing.page(picture, np.zeros((n, height, width), np.uint8), Seeds(range(n)))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1  # the smallest scale that is too large
    if huge > 1:
        picture.model_copy(update={"scale": huge - 1}).check(n, height, width)
    with pytest.raises(InvalidPlan, match=f"the limit is {MAX_PIXELS:,}") as refused:
        picture.model_copy(update={"scale": huge}).check(n, height, width)
    assert refused.value.field == "scale"


@pytest.mark.parametrize(("n", "shape"), [(1, (1, 1)), (2, (1, 2)), (5, (2, 3)), (9, (3, 3)), (10, (3, 4))])
def test_sheet_is_as_square_as_possible_unless_columns_are_given(n: int, shape: tuple[int, int]) -> None:
    pixels = np.zeros((n, 1, 1), np.uint8)
    assert drawing.page(Picture(), pixels, Seeds(range(n))).shape == shape
    assert drawing.page(Picture(columns=n), pixels, Seeds(range(n))).shape == (1, n)


@given(
    st.lists(st.from_regex(r"[-./]?[0-9]{1,3}[%, ]?", fullmatch=True), min_size=2, max_size=6), st.integers(0, 5), SIDES
)
def test_limit_counts_the_pixels_of_strips(numbers: list[str], gap: int, scale: int) -> None:
    n = sum(map(n_digits, numbers))
    picture = Picture(scale=scale, padding=3, numbers=tuple(numbers), gap=gap)
    page = drawing.page(picture, np.zeros((n, 4, 4), np.uint8), Seeds(range(n)))
    huge = int(np.sqrt(MAX_PIXELS / page.size * scale**2)) + 1
    picture.model_copy(update={"scale": huge - 1}).check(n, 4, 4)
    with pytest.raises(InvalidPlan):
        picture.model_copy(update={"scale": huge}).check(n, 4, 4)


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
    assert longest == max(drawing.page(picture, np.zeros((5, 3, 4), np.uint8), Seeds(range(5))).shape)
    picture.check_sides(5, 3, 4, longest)
    expected = f"the picture would be {longest} pixels long; this format holds at most {longest - 1}"
    with pytest.raises(InvalidPlan, match=expected) as refused:
        picture.check_sides(5, 3, 4, longest - 1)
    assert refused.value.field == "scale"


@given(st.integers(28, 60), st.integers(0, 5), st.integers(0, 5), st.none() | st.integers(1, 4))
def test_ink_sizes_are_known_before_it_is_drawn(height: int, gap: int, padding: int, columns: int | None) -> None:
    looks: dict[str, Any] = {"ink": True, "height": height, "gap": gap, "padding": padding, "columns": columns}
    for picture in (Picture(**looks), Picture(**looks, numbers=("12", "345"))):
        assert drawing.page(picture, rings(5, 8, 7), SOURCE).size == picture.n_pixels(5, 8, 7)


def test_too_large_ink_is_refused_by_its_height() -> None:
    with pytest.raises(InvalidPlan, match=r"20 images at height 1,024 have 20,971,520 pixels; the limit") as refused:
        Picture(ink=True, height=1024, columns=5).check(20, 28, 28)
    assert refused.value.field == "height"


@pytest.mark.parametrize(
    ("looks", "ink", "background"),
    [
        ({"color": "navy"}, "000080", "000000"),
        ({"color": "navy", "invert": True}, "000000", "000080"),
        ({"background": "transparent"}, "ffffff", None),
        ({"background": "c00", "invert": True}, "cc0000", "ffffff"),
    ],
)
def test_palette_has_the_colours_and_invert_exchanges_them(
    looks: dict[str, Any], ink: str, background: str | None
) -> None:
    picture = Picture(**looks)
    assert picture.palette is not None
    assert (picture.palette.ink, picture.palette.background) == (ink, background)
    assert np.array_equal(drawing.page(picture, rings(1), SOURCE), rings(1)[0])


@pytest.mark.parametrize("looks", [{"color": "black", "background": "white"}, {"color": "fff", "invert": True}])
def test_black_on_white_needs_no_palette(looks: dict[str, Any]) -> None:
    picture = Picture(**looks)
    assert picture.palette is None
    assert np.array_equal(drawing.page(picture, rings(1), SOURCE), drawing.page(Picture(invert=True), rings(1), SOURCE))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"height": 111}, "height"),
        ({"ink": False, "height": 224}, "height"),
        ({"height": 112}, None),  # as generated clients send it
        ({"layout": "natural"}, "layout"),
        ({"ink": True, "height": 112, "layout": "natural"}, None),
        ({"scale": 2}, None),
    ],
)
def test_what_only_ink_has_is_refused_for_pixels(fields: dict[str, Any], wrong: str | None) -> None:
    picture = Picture.of(NumberLooks(**fields))
    if wrong is None:
        picture.check_ink()
    else:
        with pytest.raises(InvalidPlan, match="ink") as refused:
            picture.check_ink()
        assert refused.value.field == wrong


@pytest.mark.parametrize(
    ("picture", "field"),
    [
        (Picture(scale=2, columns=4), "scale"),
        (Picture(columns=4), "columns"),
        (Picture(), "scale"),
        (Picture(numbers=("12",)), "digits"),
        (Picture(ink=True, columns=4), "height"),
        (Picture(ink=True, height=28, columns=4), "columns"),
        (Picture(ink=True, height=28, numbers=("12",)), "digits"),
    ],
)
def test_too_large_picture_names_a_field_that_can_be_less(picture: Picture, field: str) -> None:
    assert picture.too_large(1, 2, "1").field == field


@pytest.mark.parametrize("ink", [False, True])
def test_requests_with_the_same_looks_share_a_picture_of_their_own_fields(ink: bool) -> None:
    plain, same = (Picture.of(NumberLooks(ink=ink, gap=2)) for _ in range(2))
    other = Picture.of(NumberLooks(ink=ink, gap=3))
    assert plain is same
    assert (plain.gap, plain.ink, other.gap) == (2, ink, 3)
    assert plain.model_fields_set == ({"gap", "ink"} if ink else {"gap"})
    assert Picture.of(NumberLooks(gap=2), numbers=("12",)).numbers == ("12",)
