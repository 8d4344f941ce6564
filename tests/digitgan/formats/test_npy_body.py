"""Knows what numpy must read. Does not know HTTP."""

import io

import numpy as np
import pytest

from digitgan.formats.npy_body import FORM
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, body, generated


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=2, invert=True, padding=3)])
def test_numpy_loads_the_pixels_as_shown(picture: Picture) -> None:
    some = generated(5)
    loaded = np.load(io.BytesIO(body(FORM, asked(some, picture), some)))
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, picture.each(some.images.pixels))
