"""Knows what every PNG decoder must see in the encoder's files. Does not know how they are compressed."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from service.engine.png import chunk, encode

IMAGES = arrays(
    np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=40), elements=st.sampled_from([0, 0, 1, 128, 255])
)


def decoded(png):
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "L"
        return np.asarray(image)


@settings(deadline=None)
@given(IMAGES)
def test_pillow_reads_back_every_pixel(images):
    for image, png in zip(images, encode(images), strict=True):
        assert np.array_equal(decoded(png), image)


def test_chunks_stand_before_the_pixels():
    title = chunk(b"tEXt", b"Title\0seven")
    [png] = encode(np.zeros((1, 3, 3), np.uint8), [title])
    assert png[33:].startswith(title)
    with Image.open(io.BytesIO(png)) as image:
        assert image.text == {"Title": "seven"}
