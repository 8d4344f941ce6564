"""Pixels are covered as far as the outlines cover them, whichever implementation draws."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.ink import raster
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.raster import draw, draw_vectorised, ink_boxes
from digitgan.ink.tracing import trace

from .glyphs import Images, disc, images

needs_compiled = pytest.mark.skipif(not raster.IS_COMPILED, reason="the extension was not built")


def each(outlines: Outlines) -> np.ndarray:
    """Return the pictures of outlines that have one glyph each."""
    return np.arange(len(outlines) + 1, dtype=np.int32)


def circle(x: float, y: float, radius: float) -> np.ndarray:
    """Return the points of a closed curve that is nearly a circle: int32 (256, 2). All lengths are in model pixels."""
    angles = np.arange(256) * (2 * np.pi / 256)
    return np.round(UNITS * (np.array([x, y]) + radius * np.stack([np.cos(angles), np.sin(angles)], 1))).astype(
        np.int32
    )


@needs_compiled
@settings(deadline=None, max_examples=60)
@given(images(), st.integers(1, 70), st.integers(1, 70), st.integers(1, 90))
def test_both_implementations_draw_the_same_pixels(given_images: Images, height: int, width: int, scale: int) -> None:
    outlines = trace(given_images)
    pictures = np.array([0, len(outlines)], np.int32)
    for starts in (each(outlines), pictures):
        compiled = draw(outlines, starts, height, width, scale=scale, units=28 * UNITS)
        defined = draw_vectorised(outlines, starts, height, width, scale=scale, units=28 * UNITS)
        np.testing.assert_array_equal(compiled.pixels, defined.pixels)
        np.testing.assert_array_equal(compiled.boxes, defined.boxes)


@pytest.mark.parametrize("height", [28, 31, 112, 777])
def test_a_disc_covers_its_area_at_any_height(height: int) -> None:
    outlines = Outlines.of([[circle(14.3, 13.6, 8)]])
    pixels, boxes = draw(outlines, each(outlines), height, height, scale=height, units=28 * UNITS)
    assert pixels.sum() / 255 == pytest.approx(np.pi * (8 * height / 28) ** 2, rel=0.003)
    ends = np.array([14.3 - 8, 13.6 - 8, 14.3 + 8, 13.6 + 8]) * height / 28
    np.testing.assert_allclose(boxes[0], ends, atol=1.5)


def test_a_hole_is_not_covered() -> None:
    outlines = Outlines.of([[circle(14, 14, 10), circle(14, 14, 6)[::-1]]])
    (pixels,), _ = draw(outlines, each(outlines), 56, 56, scale=56, units=28 * UNITS)
    assert pixels[28, 28] == 0
    assert pixels[28, 12] == 255


def test_glyphs_of_a_picture_overlap_without_a_seam() -> None:
    outlines = Outlines.of([[circle(10, 14, 6)], [circle(16, 14, 6)]])
    both, boxes = draw(outlines, np.array([0, 2], np.int32), 56, 56, scale=56, units=28 * UNITS)
    apart, _ = draw(outlines, each(outlines), 56, 56, scale=56, units=28 * UNITS)
    np.testing.assert_array_equal(both[0], apart.max(axis=0))
    assert boxes[0, 0] < boxes[1, 0]


def test_ink_beyond_the_picture_is_cut_off() -> None:
    outlines = Outlines.of([[circle(0, 14, 6)]])
    (pixels,), boxes = draw(outlines, each(outlines), 28, 28, scale=28, units=28 * UNITS)
    assert pixels.sum() / 255 == pytest.approx(np.pi * 18, rel=0.02)
    assert boxes[0, 0] == 0


def test_averaged_back_ink_has_the_levels_of_its_image() -> None:
    image = disc(28, 13, 15, 7)
    outlines = trace(image)
    (pixels,), _ = draw(outlines, each(outlines), 224, 224, scale=224, units=28 * UNITS)
    back = pixels.reshape(28, 8, 28, 8).mean(axis=(1, 3))
    assert np.sqrt(((back - image[0]) ** 2).mean()) < 6


def test_drawn_pixels_stay_the_same() -> None:
    outlines = trace(np.concatenate([disc(28, 9, 14, 6) - disc(28, 9, 14, 3), disc(28, 17, 12, 7), disc(28, 3, 3, 0)]))
    drawing = draw(outlines, np.array([0, 2, 3], np.int32), 100, 117, scale=93, units=28 * UNITS)
    digest = hashlib.sha256(drawing.pixels.tobytes() + drawing.boxes.astype("<i4").tobytes()).hexdigest()
    assert digest == "d920707ddbb9f6d29323cc8c043208d255b823030fa0e9debd2a4ea13af81864"


def test_boxes_of_ink_are_the_smallest_around_it() -> None:
    images = np.zeros((3, 5, 7), np.uint8)
    images[0, 1:4, 2:6], images[1, 4, 6] = 64, 255
    images[2] = 63
    assert ink_boxes(images).tolist() == [[2, 1, 6, 4], [6, 4, 7, 5], [0, 0, 0, 0]]
