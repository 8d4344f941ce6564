"""Path data draws the curves of the outlines, whichever implementation writes it."""

import re

import numpy as np
import pytest
from hypothesis import given, settings

from digitgan.ink import paths as module
from digitgan.ink.outlines import Outlines
from digitgan.ink.paths import paths, paths_in_python
from digitgan.ink.tracing import trace

from .glyphs import Images, disc, images

needs_compiled = pytest.mark.skipif(not module.IS_COMPILED, reason="the extension was not built")
SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.int32)


def read(path: str) -> list[list[list[int]]]:
    """Return the arcs of each curve as (start, control, end), x and y each, as a reader of SVG finds them."""
    curves = []
    for start, first, others in re.findall(r"M(.+?)q(.+?)t(.+?)z", path):
        numbers = [np.array(re.findall(r"-?\d+", text), int).reshape(-1, 2) for text in (start, first, others)]
        at = numbers[0][0]
        arcs = [[*at, *(at + numbers[1][0]), *(at + numbers[1][1])]]
        for step in numbers[2]:
            at, control = np.array(arcs[-1][4:]), np.array(arcs[-1][2:4])
            arcs.append([*at, *(2 * at - control), *(at + step)])
        curves.append(arcs)
    return curves


@needs_compiled
@settings(deadline=None)
@given(images())
def test_both_implementations_write_the_same_text(given_images: Images) -> None:
    outlines = trace(given_images)
    assert paths(outlines) == paths_in_python(outlines)


@needs_compiled
def test_both_implementations_write_numbers_of_any_length() -> None:
    random = np.random.default_rng(1)
    curves = [random.integers(-(10**n), 10**n, (50, 2), np.int32) for n in range(1, 8)]
    outlines = Outlines.of([curves[:3], [], curves[3:]])
    assert paths(outlines) == paths_in_python(outlines)


@settings(deadline=None)
@given(images())
def test_a_path_has_the_points_as_control_points_of_closed_curves(given_images: Images) -> None:
    outlines = trace(given_images)
    for position, path in enumerate(paths(outlines)):
        read_curves = read(path.decode())
        assert len(read_curves) == len(outlines.glyph(position))
        for arcs, points in zip(read_curves, outlines.glyph(position), strict=True):
            middles = points + np.roll(points, -1, axis=0)
            np.testing.assert_array_equal(np.array(arcs)[:, 2:4], 2 * points)
            np.testing.assert_array_equal(np.array(arcs)[:, 4:], middles)
            assert arcs[0][:2] == arcs[-1][4:]


def test_text_has_no_separator_that_is_not_needed() -> None:
    assert paths(Outlines.of([[SQUARE], [], [SQUARE - 10, SQUARE]])) == [
        b"M0 10q0-10 10-10t10 10-10 10-10-10z",
        b"",
        b"M-20-10q0-10 10-10t10 10-10 10-10-10zM0 10q0-10 10-10t10 10-10 10-10-10z",
    ]


def test_image_without_ink_has_no_path() -> None:
    assert paths(trace(np.zeros((1, 28, 28), np.uint8))) == [b""]


def test_outlines_without_glyphs_have_no_paths() -> None:
    assert paths(trace(np.zeros((0, 28, 28), np.uint8))) == []


def test_a_part_of_outlines_has_its_own_paths() -> None:
    outlines = trace(np.concatenate([disc(28, 9, 14, 6), disc(28, 17, 12, 7) - disc(28, 17, 12, 3)]))
    assert paths(outlines.part(1, 2)) == paths(outlines)[1:]
