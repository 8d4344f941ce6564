"""Outlines go around the ink, whichever implementation traces them, and leave out specks."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings

from digitgan.ink import tracing
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.tracing import trace, trace_vectorised

from .glyphs import Images, disc, images

needs_compiled = pytest.mark.skipif(not tracing.IS_COMPILED, reason="the extension was not built")


def area(curve: np.ndarray) -> float:
    """Return the area of a curve's control points in pixels of the model, negative around a hole."""
    x, y = curve.astype(np.int64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2 / UNITS**2)


@needs_compiled
@settings(deadline=None)
@given(images())
def test_both_implementations_trace_the_same_points(given_images: Images) -> None:
    compiled, defined = trace(given_images), trace_vectorised(given_images)
    for name in ("points", "curve_starts", "glyph_starts"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(defined, name))


@settings(deadline=None)
@given(images())
def test_points_stay_within_the_square(given_images: Images) -> None:
    outlines = trace(given_images)
    _, height, width = given_images.shape
    assert len(outlines) == len(given_images)
    if len(outlines.points):
        assert outlines.points.min() >= 0
        assert (outlines.points.max(axis=0) <= np.array([width, height]) * UNITS).all()


def test_an_outline_has_the_place_and_the_area_of_its_ink() -> None:
    (curve,) = trace(disc(28, 13.25, 15.5, 6)).glyph(0)
    np.testing.assert_allclose(curve.mean(axis=0) / UNITS, [13.25, 15.5], atol=0.05)
    assert area(curve) == pytest.approx(np.pi * 36, rel=0.01)


def test_a_hole_turns_the_other_way() -> None:
    ring = disc(28, 14, 14, 9) - disc(28, 14, 14, 4)
    outer, hole = sorted(map(area, trace(ring).glyph(0)), reverse=True)
    assert outer == pytest.approx(np.pi * 81, rel=0.02)
    assert hole == pytest.approx(-np.pi * 16, rel=0.02)


def test_a_faint_stroke_does_not_break() -> None:
    stroke = np.zeros((1, 28, 28), np.uint8)
    stroke[0, 4:24, 14] = 220
    stroke[0, 10:14, 14] = 110
    assert len(trace(stroke).glyph(0)) == 1


@pytest.mark.parametrize(
    ("speck", "n_curves"),
    [
        (disc(28, 24, 5, 1.0), 1),  # far from the stroke
        (disc(28, 17.6, 14, 0.4), 1),  # near, but smaller than a pixel
        (disc(28, 17.6, 14, 1.0), 2),  # near: part of a stroke that broke
        (disc(28, 24, 5, 2.0), 2),  # far, but a stroke by itself
        (disc(28, 24, 5, 3.0, level=30), 1),  # no ink
    ],
)
def test_specks_are_dropped_and_strokes_kept(speck: Images, n_curves: int) -> None:
    assert len(trace(np.maximum(disc(28, 10, 14, 5), speck)).glyph(0)) == n_curves


def test_what_is_inside_a_speck_goes_with_it() -> None:
    speck = disc(28, 24, 5, 1.1) - disc(28, 24, 5, 0.4)
    assert len(trace(np.maximum(disc(28, 10, 14, 5), speck)).glyph(0)) == 1


def test_blank_images_have_no_curves() -> None:
    outlines = trace(np.zeros((3, 28, 28), np.uint8))
    assert len(outlines) == 3
    assert len(outlines.points) == 0


def test_traced_points_stay_the_same() -> None:
    random = np.random.default_rng(20)
    soft = random.integers(0, 256, (20, 30, 30)).cumsum(axis=1).cumsum(axis=2)
    blocks = (soft[:, 2:, 2:] - soft[:, :-2, 2:] - soft[:, 2:, :-2] + soft[:, :-2, :-2]) // 4
    outlines: Outlines = trace(blocks.astype(np.uint8))
    parts = (outlines.points, outlines.curve_starts, outlines.glyph_starts)
    digest = hashlib.sha256(b"".join(part.astype("<i4").tobytes() for part in parts)).hexdigest()
    assert digest == "15d2c70ed41dcade7ba99d6bd097b9bc29c0fe901732dec0158b8220329d0561"
