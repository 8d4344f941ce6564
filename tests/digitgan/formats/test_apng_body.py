"""Knows what the animated PNG form shows. Does not know HTTP."""

import io

import numpy as np
from PIL import Image, ImageSequence

from digitgan.formats.apng_body import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, generated


def test_each_image_is_a_frame_as_shown() -> None:
    some, picture = generated(4), Picture(2, invert=True, frame_ms=40)
    with Image.open(io.BytesIO(render(asked(some, picture), some))) as image:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
        assert np.array_equal(frames, picture.each(some.images.pixels))
        assert image.info["duration"] == 40
