"""Knows that the WebP form shows what the PNG form shows. Does not know HTTP."""

import io

import numpy as np
from PIL import Image

from digitgan.formats.webp_body import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, generated


def test_no_pixel_is_lost() -> None:
    some, picture = generated(7), Picture(scale=2, padding=1)
    with Image.open(io.BytesIO(render(asked(some, picture), some))) as image:
        assert image.format == "WEBP"
        assert np.array_equal(np.asarray(image.convert("L")), picture.page(some.images.pixels))
