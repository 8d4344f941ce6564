"""Knows what must be said of each picture, above all where a number's digits stand. Does not know formats."""

import asyncio

import numpy as np
import pytest

from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.formats.items import FEW_IMAGES, INK, items, items_aside
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, decoded, generated, numbers


@pytest.mark.parametrize(("gap", "scale", "invert"), [(0, 1, False), (3, 2, False), (1, 3, True)])
def test_cell_and_ink_boxes_cut_each_digit_out_of_its_strip(gap: int, scale: int, invert: bool) -> None:
    pixels = np.zeros((2, 6, 5), np.uint8)
    pixels[0, 1:4, 2:5], pixels[1, 5, 0] = 200, INK
    pixels[1, 0, 0] = INK - 1  # fainter than ink
    some = Generated(generated(1).card, [9, 9], Images(pixels, np.array([4, 2])), 0.0, 0.0)
    request = asked(some, Picture(scale, invert=invert, numbers=("42",), gap=gap))
    [item] = items(request, some)
    strip = decoded(item.png)
    shown = Picture(scale, invert=invert).each(pixels)
    assert [box["label"] for box in item.record["boxes"]] == [4, 2]
    for box, digit in zip(item.record["boxes"], shown, strict=True):
        cell, ink = box["cell"], box["ink"]
        cut = strip[cell["y"] : cell["y"] + cell["height"], cell["x"] : cell["x"] + cell["width"]]
        assert np.array_equal(cut, digit)
        inside = strip[ink["y"] : ink["y"] + ink["height"], ink["x"] : ink["x"] + ink["width"]]
        assert ((inside < 200) if invert else (inside >= INK)).all()
        assert ink["width"] * ink["height"] == (9 if box["label"] == 4 else 1) * scale**2


def test_a_digit_without_ink_has_no_ink_box() -> None:
    some = Generated(generated(1).card, [9], Images(np.zeros((1, 4, 4), np.uint8), np.array([1])), 0.0, 0.0)
    [item] = items(asked(some, Picture(numbers=("1",))), some)
    assert item.record["boxes"][0]["ink"] is None


def test_numbers_from_latents_have_neither_seed_nor_address() -> None:
    request, some = numbers("12")
    without = Generated(some.card, None, some.images, 0.0, 0.0)
    [item] = items(request, without)
    assert item.record["seed"] is item.record["url"] is None


@pytest.mark.parametrize("n", [FEW_IMAGES, FEW_IMAGES + 1])
def test_many_are_made_aside_to_the_same_end(n: int) -> None:
    some = generated(n)
    assert asyncio.run(items_aside(asked(some), some)) == items(asked(some), some)
