"""What numpy reads in the numpy format."""

import io

import numpy as np
import pytest

from digitgan.formats.registry import NPY
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, body, generated


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=2, invert=True, padding=3)])
def test_numpy_loads_the_pixels(picture: Picture) -> None:
    some = generated(5)
    loaded = np.load(io.BytesIO(body(NPY, a_job(some, picture), some)))
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, picture.each(some.images.pixels))
