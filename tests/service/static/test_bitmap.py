"""Knows that the page's own pictures hold the pixels that they were made of. Does not know who made those."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from tests.service.static.modules import node


@pytest.mark.parametrize(("width", "height"), [(28, 28), (1, 1), (5, 3), (16, 16)])
def test_each_pixel_has_its_grey(width: int, height: int) -> None:
    pixels = f"Uint8Array.from({{ length: {width * height} }}, (_, i) => 7 * i)"
    address = node("bitmap.js", f"bitmap({pixels}, {width}, {height})")
    head, _, content = address.partition(",")
    assert head == "data:image/bmp;base64"
    with Image.open(io.BytesIO(b64decode(content))) as picture:
        found = np.asarray(picture.convert("L"))
    assert np.array_equal(found, (7 * np.arange(width * height)).astype(np.uint8).reshape(height, width))
