"""Distortions of numbers: legible, the same each time, each by itself, and with labels that stay true."""

from hashlib import sha256

import numpy as np
import pytest

from digitgan.ink.raster import INK
from digitgan.picture.distortions import DISTORTIONS, Chance, Distortion, distorted
from digitgan.picture.labelled import Labelled
from tests.digitgan.formats.labelled_numbers import a_data_set, numbers_of

OF_PIXELS = [name for name in DISTORTIONS if name != "askew"]


def suffering(*names: Distortion, n: int = 5, invert: bool = False) -> list[Labelled]:
    return numbers_of(a_data_set(n, distortions=names, masks=True, invert=invert))


@pytest.mark.parametrize("name", DISTORTIONS)
def test_distortion_changes_each_number_and_only_its_pixels(name: Distortion) -> None:
    for plain, changed in zip(suffering(), suffering(name), strict=True):
        assert changed.pixels.shape == plain.pixels.shape
        assert changed.pixels.dtype == np.uint8
        assert (changed.pixels != plain.pixels).any()
        assert changed.text == plain.text
        assert (changed.boxes == plain.boxes).all() == (name != "askew")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("askew", "1953f09668e86c64"), ("form", "2a63e36628e9a958"), ("paper", "6f159f69989e1e79")],
)
def test_distortions_in_integers_are_frozen(name: Distortion, expected: str) -> None:
    pixels = b"".join(number.pixels.tobytes() for number in suffering(name, n=20))
    assert sha256(pixels).hexdigest()[:16] == expected


@pytest.mark.parametrize("name", OF_PIXELS)
def test_distortion_is_the_same_whatever_precedes_it(name: Distortion) -> None:
    pixels, boxes = np.tile(np.arange(0, 256, 5).astype(np.uint8), (40, 1)), np.array([[2, 2, 20, 30], [25, 2, 50, 30]])
    together = distorted(pixels, boxes, DISTORTIONS, 7)
    apart = pixels
    for each in OF_PIXELS:
        apart = distorted(apart, boxes, [each], 7)
    assert np.array_equal(together, apart)
    assert np.array_equal(distorted(pixels, boxes, [*DISTORTIONS][::-1], 7), together)
    assert not np.array_equal(distorted(pixels, boxes, [name], 8), distorted(pixels, boxes, [name], 7))


def test_all_distortions_leave_ink_stronger_than_its_surroundings() -> None:
    for straight, number in zip(suffering("askew", n=60), suffering(*DISTORTIONS, n=60), strict=True):
        ink, ground = straight.pixels >= 2 * INK, straight.pixels == 0
        assert number.pixels[ink].mean() - number.pixels[ground].mean() > 25


def test_sheet_askew_keeps_all_ink_in_the_picture() -> None:
    for straight, number in zip(suffering(n=40), suffering("askew", n=40), strict=True):
        height, width = number.pixels.shape
        inked = number.boxes[number.boxes[:, 2] > 0]
        assert (inked >= 0).all()
        assert (inked[:, 2:] <= (width, height)).all()
        edges = number.pixels[0], number.pixels[-1], number.pixels[:, 0], number.pixels[:, -1]
        assert not any(edge.any() for edge in edges)
        assert number.pixels.sum() > 0.6 * straight.pixels.sum()


def test_inverted_numbers_are_the_same_in_black() -> None:
    for light, dark in zip(suffering(*DISTORTIONS), suffering(*DISTORTIONS, invert=True), strict=True):
        assert np.array_equal(light.pixels, 255 - dark.pixels)
        assert np.array_equal(light.boxes, dark.boxes)


def test_forms_print_lines_of_all_kinds_under_the_ink() -> None:
    pixels, boxes = np.zeros((56, 200), np.uint8), np.array([[10, 8, 40, 48], [60, 8, 90, 48], [110, 8, 190, 48]])
    pixels[20:30, 10:40] = 255
    kinds = set()
    for key in range(60):
        printed = distorted(pixels, boxes, ["form"], key)
        assert (printed[20:30, 10:40] == 255).all()
        across, down = (printed[:, 1:9] > 0).all(axis=1).sum(), (printed[24:28] > 0).all(axis=0).sum()
        kinds.add((across > 0, int(down > 30)))
        assert (printed > 0).mean() < 0.5
    assert len(kinds) > 1


def test_chance_is_uniform_within_its_ends() -> None:
    drawn = [Chance("paper", key).whole(-2, 2) for key in range(5_000)]
    assert np.abs(np.bincount(np.array(drawn) + 2) - 1_000).max() < 150


def test_clouds_change_slowly() -> None:
    cloud, noise = Chance("paper", 1).cloud("stains", 40, 90, 20), Chance("paper", 1).noise("grain", 40, 90)
    assert cloud.shape == noise.shape == (40, 90)
    steps = [np.abs(np.diff(each.astype(int), axis=1)).mean() for each in (cloud, noise)]
    assert steps[0] < steps[1] / 10
    assert np.abs(cloud).max() > 100
