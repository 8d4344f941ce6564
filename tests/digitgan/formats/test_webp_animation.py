"""Knows what the animated WebP form shows. Does not know HTTP."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from digitgan.formats.webp_animation import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, generated


@pytest.mark.parametrize("loop", [True, False])
def test_each_image_is_a_frame_as_shown_without_loss(loop: bool) -> None:
    some, picture = generated(4, height=9, width=7), Picture(2, invert=True, frame_ms=40, loop=loop)
    with Image.open(io.BytesIO(render(asked(some, picture), some))) as image:
        assert image.format == "WEBP"
        assert image.info["loop"] == (0 if loop else 1)
        shown = [(np.asarray(frame.convert("L")), frame.info["duration"]) for frame in ImageSequence.Iterator(image)]
    assert np.array_equal([pixels for pixels, _ in shown], picture.each(some.images.pixels))
    assert [frame_ms for _, frame_ms in shown] == [40] * 4
