"""Knows what a viewer must see in the PNG form. Does not know HTTP."""

import numpy as np
import pytest

from digitgan.formats.png_body import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, decoded, generated, numbers


def test_one_image_has_no_margin() -> None:
    some = generated(1)
    assert np.array_equal(decoded(render(asked(some, Picture(padding=5)), some)), some.images.pixels[0])


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=2, columns=4, padding=1), Picture(invert=True)])
def test_several_are_one_sheet(picture: Picture) -> None:
    some = generated(7)
    assert np.array_equal(decoded(render(asked(some, picture), some)), picture.page(some.images.pixels))


def test_one_number_is_its_strip() -> None:
    request, some = numbers("123", gap=1, scale=2)
    shown = decoded(render(request, some))
    assert shown.shape == (4, 2 * (3 * 3 + 2))
    assert np.array_equal(shown[::2, 8:14:2], some.images.pixels[1])
    assert not shown[:, 6:8].any()
