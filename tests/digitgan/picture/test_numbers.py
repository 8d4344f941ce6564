"""Numbers as strips: squares side by side or natural, each digit and sign in its place."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.plan import n_digits
from digitgan.engine.source import Latents, Seeds
from digitgan.ink.raster import INK
from digitgan.picture import drawing
from digitgan.picture.numbers import Strip
from digitgan.picture.picture import Picture

NUMBERS = ("29/11 (4%)", "-7,5", "2026")


def digits(numbers: tuple[str, ...] = NUMBERS) -> NDArray[np.uint8]:
    """Return an image of each digit: a bar, broader for larger digits, fainter at its edge."""
    labels = [int(each) for number in numbers for each in number if each.isdigit()]
    images = np.zeros((len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 9 : 12 + label] = 255
        image[4:24, 8] = 100
    return images


def strips(numbers: tuple[str, ...] = NUMBERS, seeds: range | None = None, **looks: Any) -> list[Strip]:
    n = sum(map(n_digits, numbers))
    source = Seeds(seeds or [5] * n)
    return list(drawing.strips(Picture(numbers=numbers, masks=True, **looks), digits(numbers), source))


LOOKS = pytest.mark.parametrize(
    "looks",
    [{}, {"scale": 3, "gap": 2}, {"ink": True, "gap": 1}, {"ink": True, "height": 61, "layout": "natural"}],
    ids=["pixels", "scaled", "ink", "natural"],
)


@LOOKS
def test_each_digit_and_sign_has_its_ink_where_its_box_is(looks: dict[str, Any]) -> None:
    for number, strip in zip(NUMBERS, strips(**looks), strict=True):
        assert len(strip.inks) == len(strip.glyphs) == len(number)
        covered = np.zeros_like(strip.pixels)
        for character, (left, top, right, bottom), glyph in zip(number, strip.inks, strip.glyphs, strict=True):
            assert glyph.shape == (bottom - top, right - left)
            assert bool(glyph.size) == (character != " ")
            box = covered[top:bottom, left:right]
            np.maximum(box, glyph, out=box)
            for edge in (glyph[:1], glyph[-1:], glyph[:, :1], glyph[:, -1:]):
                assert not glyph.size or edge.max() >= INK
        # Beyond the boxes is ink of less than a quarter.
        assert np.array_equal(covered >= INK, strip.pixels >= INK)
        centres = [left + right for left, _, right, _ in strip.inks if right]
        assert centres == sorted(centres)


@LOOKS
def test_strips_have_the_pixels_that_were_counted(looks: dict[str, Any]) -> None:
    for number in NUMBERS:
        picture = Picture(numbers=(number,), **looks)
        page = drawing.page(picture, digits((number,)), Seeds([5] * n_digits(number)))
        counted = picture.n_pixels(n_digits(number), 28, 28)
        assert page.size <= counted
        if picture.layout == "grid":
            assert page.size == counted
        else:
            assert page.size > counted / 5
        assert picture.model_copy(update={"masks": True}).n_pixels(1, 28, 28) == 2 * counted


@pytest.mark.parametrize(("looks", "side", "gap"), [({"scale": 3, "gap": 2}, 84, 6), ({"ink": True, "gap": 2}, 112, 8)])
def test_squares_are_side_by_side_and_signs_have_one_too(looks: dict[str, Any], side: int, gap: int) -> None:
    for number, strip in zip(NUMBERS, strips(**looks), strict=True):
        assert strip.pixels.shape == (side, len(number) * (side + gap) - gap)
        assert strip.cells is not None
        assert strip.cells.tolist() == [
            [i * (side + gap), 0, i * (side + gap) + side, side] for i in range(len(number))
        ]
        for (left, top, right, bottom), cell in zip(strip.inks, strip.cells, strict=True):
            assert not right or cell[0] <= left < right <= cell[2]
            assert top <= bottom <= side


def test_signs_leave_the_pixels_of_digits_as_they_are() -> None:
    [strip] = strips(("1.5",))
    with_dot, without = strip.pixels, strips(("15",))[0].pixels
    assert np.array_equal(np.delete(with_dot, np.s_[28:56], axis=1), without)
    dot = with_dot[:, 28:56]
    assert 3 < np.count_nonzero(dot >= INK) < 40
    assert not dot[:18].any()


def test_signs_are_as_thick_as_the_digits_of_their_number() -> None:
    thin, thick = strips(("0-0",))[0], strips(("9-9",))[0]
    assert 1.1 * thin.glyphs[1].sum() < thick.glyphs[1].sum()


@LOOKS
@pytest.mark.parametrize("written", [1, 4, 64])
def test_number_is_drawn_up_to_the_last_character_written(looks: dict[str, Any], written: int) -> None:
    for whole, partial in zip(strips(**looks), strips(written=written, **looks), strict=True):
        expected = np.zeros_like(whole.pixels)
        for (left, top, right, bottom), glyph in zip(whole.inks[:written], whole.glyphs, strict=False):
            box = expected[top:bottom, left:right]
            np.maximum(box, glyph, out=box)
        assert np.array_equal(partial.pixels >= INK, expected >= INK)
        assert (partial.pixels <= whole.pixels).all()


@pytest.mark.parametrize("max_width", [None, 5000, 131, 100])
def test_fitted_number_is_the_largest_that_is_narrow_enough(max_width: int | None) -> None:
    pixels, source = digits(("29/11",)), Seeds([5] * 4)
    picture = Picture(numbers=("29/11",), ink=True, layout="natural", height=150, max_width=max_width)
    fitted = drawing.fitted(picture, pixels, source)
    shape = drawing.page(fitted, pixels, source).shape
    assert fitted.shape(4, 28, 28) == shape
    assert shape[0] == fitted.height <= 150
    if max_width:
        larger = picture.model_copy(update={"height": fitted.height + 1, "max_width": None})
        assert shape[1] <= max_width <= picture.shape(4, 28, 28)[1] or max_width == 5000
        assert fitted.height == 150 or drawing.page(larger, pixels, source).shape[1] > max_width


def test_number_that_fits_at_no_height_is_refused() -> None:
    picture = Picture(numbers=("29/11",), ink=True, layout="natural", max_width=40)
    with pytest.raises(InvalidPlan, match=r"at least 28 pixels high and \d\d wide") as raised:
        drawing.fitted(picture, digits(("29/11",)), Seeds([5] * 4))
    assert raised.value.field == "height"


def test_natural_layout_is_closer_than_squares_and_has_none() -> None:
    natural = strips(("111", "1 1"), ink=True, layout="natural")
    assert natural[0].cells is None
    assert natural[0].pixels.shape[0] == 112
    assert natural[0].pixels.shape[1] < 112 * 3 / 2
    assert natural[1].inks[1].tolist() == [0, 0, 0, 0]


def test_numbers_vary_with_their_hand_and_stay_as_they_are_among_others() -> None:
    looks = {"ink": True, "layout": "natural"}
    three = strips(("77", "77", "77"), range(6), **looks)
    again = strips(("77",), range(2, 4), **looks)
    assert np.array_equal(three[1].pixels, again[0].pixels)
    assert len({each.pixels.tobytes() for each in three}) == 3


def test_latents_decide_the_layout_as_seeds_do() -> None:
    latents = np.array([[0.5, 1], [0.5, 1], [0.25, 1], [0.25, 1]], np.float32)
    picture = Picture(numbers=("77", "77"), ink=True, layout="natural")
    first, second = drawing.strips(picture, digits(("77", "77")), Latents(latents))
    [alone] = drawing.strips(
        Picture(numbers=("77",), ink=True, layout="natural"), digits(("77",)), Latents(latents[:2])
    )
    assert np.array_equal(first.pixels, alone.pixels)
    assert not np.array_equal(first.inks, second.inks)


def test_models_of_other_sizes_write_signs_too() -> None:
    small = digits(("1-1",))[:, ::2, ::2]
    [strip] = drawing.strips(Picture(numbers=("1-1",)), small, Seeds([1, 1]))
    assert strip.pixels.shape == (14, 42)
    left, top, right, bottom = strip.inks[1] % 14
    assert 1 <= left < right <= 13
    assert 5 <= top < bottom <= 10
