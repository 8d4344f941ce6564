"""Knows what the GIF form shows. Does not know HTTP."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from digitgan.formats.gif_body import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, generated


@pytest.mark.parametrize("loop", [True, False])
def test_each_image_is_a_frame_as_shown_without_loss(loop: bool) -> None:
    some, picture = generated(4, height=9, width=7), Picture(2, invert=True, frame_ms=40, loop=loop)
    with Image.open(io.BytesIO(render(asked(some, picture), some))) as image:
        assert image.format == "GIF"
        assert image.info.get("loop") == (0 if loop else None)
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
        assert np.array_equal(frames, picture.each(some.images.pixels))
        assert image.info["duration"] == 40
