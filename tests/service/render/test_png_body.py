"""Knows what a viewer must see in the PNG form. Does not know HTTP."""

import numpy as np
import pytest

from service.render import png_body
from service.render.picture import Picture
from tests.service.render.pictures import decoded, generated


def test_one_image_has_no_margin() -> None:
    some = generated(1)
    assert np.array_equal(decoded(png_body.render(some, Picture(padding=5))), some.images.pixels[0])


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=2, columns=4, padding=1), Picture(invert=True)])
def test_several_are_one_sheet(picture: Picture) -> None:
    some = generated(7)
    assert np.array_equal(decoded(png_body.render(some, picture)), picture.sheet(some.images.pixels))
