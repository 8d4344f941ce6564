"""Strokes are those that a person could have written the ink with, and cover all of it."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS
from digitgan.ink.pen import Stroke, strokes
from digitgan.ink.raster import draw
from digitgan.ink.tracing import trace

from .glyphs import Images, disc, images, written

Path = list[tuple[float, float]]

# What is written, stroke by stroke; a line that is written twice is there once.
ONE: list[Path] = [[(17, 4), (12, 24)]]
TWO: list[Path] = [[(8, 8), (12, 4), (18, 5), (19, 10), (8, 23), (21, 23)]]
FOUR: list[Path] = [[(9, 5), (6, 15), (22, 15)], [(18, 4), (17, 25)]]
FIVE: list[Path] = [[(20, 4), (10, 4), (9, 12), (16, 12), (20, 17), (17, 23), (8, 23)]]
SEVEN: list[Path] = [[(6, 5), (20, 5), (11, 25)], [(9, 15), (20, 15)]]
PLUS: list[Path] = [[(6, 14), (22, 14)], [(14, 6), (14, 22)]]
COLON: list[Path] = [[(14, 8), (14.1, 8)], [(14, 18), (14.1, 18)]]
PER_CENT: list[Path] = [
    [(8, 3), (4, 7), (8, 11), (12, 7), (8, 3)],
    [(22, 3), (6, 25)],
    [(20, 17), (16, 21), (20, 25), (24, 21), (20, 17)],
]
SHAPES = [ONE, TWO, FOUR, FIVE, SEVEN, PLUS, COLON, PER_CENT]


def of(image: Images) -> list[Stroke]:
    return strokes(trace(image))[0]


def along(stroke: Stroke) -> NDArray[np.float64]:
    """Return places along a stroke, about ten a pixel of the model, in pixels."""
    points = stroke.points / UNITS
    parts = [a + (b - a) * np.linspace(0, 1, int(10 * np.hypot(*(b - a))) + 2)[:, None] for a, b in pairwise(points)]
    return np.concatenate([points[:1], *parts])


@pytest.mark.parametrize("paths", SHAPES)
def test_strokes_go_as_they_were_written(paths: list[Path]) -> None:
    made = of(written(*paths))
    assert len(made) == len(paths)
    for stroke, path in zip(made, paths, strict=True):
        assert np.hypot(*(stroke.points[0] / UNITS - path[0])) < 2.5
        assert np.hypot(*(stroke.points[-1] / UNITS - path[-1])) < 2.5
        places = along(stroke)
        passed = [int(np.hypot(*(places - corner).T).argmin()) for corner in path[:-1]]
        assert passed == sorted(passed)


def test_closed_strokes_go_anticlockwise_from_their_top() -> None:
    (stroke,) = of(disc(28, 14, 14, 9) - disc(28, 14, 14, 6))
    assert stroke.points[0].tolist() == stroke.points[-1].tolist()
    assert stroke.points[0, 1] <= stroke.points[:, 1].min() + UNITS // 2
    x, y = (stroke.points - 14 * UNITS).astype(np.int64).T
    assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() < 0  # y is down


def test_a_nine_is_one_stroke_from_the_top_of_its_loop() -> None:
    (stroke,) = of(written([(18, 7), (13, 4), (9, 8), (12, 12), (18, 10)], [(18, 6), (17, 24)]))
    x, y = (stroke.points / UNITS).T
    assert y[0] < 6
    assert x[: len(x) // 3].min() < 11  # goes left at first
    assert y[-1] > 22


def test_the_middle_of_a_three_is_written_without_lifting_the_pen() -> None:
    (stroke,) = of(written([(8, 5), (18, 6), (18, 12), (17, 13)], [(11, 13), (17, 13)], [(17, 13), (20, 18), (8, 24)]))
    places = along(stroke)
    assert np.hypot(*(places[0] - (8, 5))) < 2
    assert np.hypot(*(places[-1] - (8, 24))) < 2
    assert np.hypot(*(places - (11, 13)).T).min() < 2


def test_a_dot_is_one_point() -> None:
    (stroke,) = of(disc(28, 12.5, 20, 2.2))
    assert len(stroke.points) == 1
    np.testing.assert_allclose(stroke.points[0] / UNITS, [12.5, 20], atol=0.6)


def test_glyphs_without_ink_have_no_strokes() -> None:
    assert strokes(trace(np.zeros((2, 28, 28), np.uint8))) == [[], []]
    assert strokes(trace(np.zeros((0, 28, 28), np.uint8))) == []


@settings(deadline=None, max_examples=25)
@given(images())
def test_a_pen_covers_all_ink(given_images: Images) -> None:
    outlines = trace(given_images)
    _, height, width = given_images.shape
    each = np.arange(len(outlines) + 1, dtype=np.int32)
    pixels = draw(outlines, each, 4 * height, 4 * width, scale=4, units=UNITS).pixels
    for picture, glyph in zip(pixels, strokes(outlines), strict=True):
        rows, columns = np.nonzero(picture)
        centres = np.stack([columns, rows], axis=1) / 4 + 0.125
        is_covered = np.zeros(len(centres), bool)
        for stroke in glyph:
            places = along(stroke)
            distances = np.hypot(*(centres[:, None] - places).transpose(2, 0, 1)).min(axis=1)
            is_covered |= distances <= stroke.radius / UNITS
        assert is_covered.all()


def test_strokes_move_with_their_glyph() -> None:
    outlines = trace(np.concatenate([written(*paths) for paths in SHAPES]))
    step = np.array([-1111, 2345], np.int32)
    moved = outlines.with_points(outlines.points + step)
    for still, elsewhere in zip(strokes(outlines), strokes(moved), strict=True):
        for a, b in zip(still, elsewhere, strict=True):
            np.testing.assert_array_equal(a.points + step, b.points)
            assert a.radius == b.radius


def test_glyphs_are_written_the_same_in_any_company() -> None:
    outlines = trace(np.concatenate([written(*paths) for paths in SHAPES]))
    together = strokes(outlines)
    for i, paths in enumerate(SHAPES):
        for a, b in zip(together[i], of(written(*paths)), strict=True):
            np.testing.assert_array_equal(a.points, b.points)


def test_strokes_are_frozen_because_versioned_addresses_are_permanent() -> None:
    made = [
        stroke for glyph in strokes(trace(np.concatenate([written(*paths) for paths in SHAPES]))) for stroke in glyph
    ]
    digest = hashlib.sha256(b"".join(stroke.points.astype("<i4").tobytes() for stroke in made))
    digest.update(np.array([stroke.radius for stroke in made], "<i4").tobytes())
    assert digest.hexdigest() == "f402426f6bb58091d1f47fa00baf2e612cdd30409d20b5034130ef4be1eb25e2"
