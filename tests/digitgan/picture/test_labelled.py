"""Numbers of data sets: text, boxes and masks of each, its place in a picture of a fixed width, and frozen pixels."""

from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from digitgan.picture import labelled
from digitgan.picture.labelled import Labelled
from tests.digitgan.formats.labelled_numbers import FIRST, HAND, a_data_set, numbers_of, part_of

LOOKS: dict[str, dict[str, Any]] = {
    "natural": {},
    "large": {"height": 61},
    "black": {"invert": True},
    "hand": {"in_one_hand": True},
    "grid": {"ink": False, "layout": "grid", "height": 112, "gap": 2},
    "scaled": {"ink": False, "layout": "grid", "height": 112, "scale": 2},
    "squares": {"layout": "grid"},
    "wide": {"width": 300, "max_width": 300},
    "narrow": {"width": 120, "max_width": 120},
    "askew": {"distortions": ("askew",)},
    "askew and wide": {"width": 300, "max_width": 300, "distortions": ("askew",)},
}


def content(numbers: list[Labelled]) -> list[Any]:
    """Return all of some numbers but their positions, with arrays as lists."""
    return [(each.seed, each.text, each.hand, each.pixels.tolist(), each.boxes.tolist()) for each in numbers]


@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_glyphs_are_where_their_boxes_are(looks: dict[str, Any]) -> None:
    for number in numbers_of(a_data_set(8, masks=True, **looks)):
        ink = 255 - number.pixels if looks.get("invert") else number.pixels
        covered = np.zeros_like(ink)
        assert len(number.boxes) == len(number.masks) == len(number.text)
        for character, (left, top, right, bottom), mask in zip(number.text, number.boxes, number.masks, strict=True):
            assert bool(right) == bool(mask.size) == (character != " ")
            np.maximum(covered[top:bottom, left:right], mask, out=covered[top:bottom, left:right])
        assert np.array_equal(covered >= 64, ink >= 64)


@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS)
def test_each_part_of_a_data_set_has_the_same_numbers(looks: dict[str, Any]) -> None:
    job = a_data_set(7, **looks)
    whole = numbers_of(job)
    parts = [labelled.labelled(job, part_of(job, start, start + 3)) for start in (0, 3, 6)]
    assert content(whole) == content([number for part in parts for number in part])
    assert [number.position for part in parts for number in part] == [*range(7)]
    assert [number.seed for number in whole] == [*range(FIRST, FIRST + 7)]
    assert {number.hand for number in whole} == {HAND if looks.get("in_one_hand") else None}


def test_numbers_stand_anywhere_in_a_picture_of_fixed_width() -> None:
    wide, narrow = (numbers_of(a_data_set(40, **LOOKS[name])) for name in ("wide", "narrow"))
    assert {number.pixels.shape for number in wide} == {(32, 300)}
    assert {number.pixels.shape for number in narrow} == {(32, 120)}
    lefts = [min(left for left, _, right, _ in number.boxes if right) for number in wide]
    assert min(lefts) < 30
    assert max(lefts) > 130
    free = numbers_of(a_data_set(40))
    assert max(number.pixels.shape[1] for number in free) > 120  # so some are written smaller
    heights = [int(number.boxes[:, 3].max() - number.boxes[:, 1].min()) for number in narrow]
    assert min(heights) < max(heights)
    for number, own in zip(wide, free, strict=True):
        left = int(number.boxes[0, 0] - own.boxes[0, 0])
        assert np.array_equal(number.pixels[:, left : left + own.pixels.shape[1]], own.pixels)
        assert number.pixels.sum() == own.pixels.sum()


def test_pixels_and_texts_are_frozen_because_data_sets_are_made_again() -> None:
    assert {name: digest(numbers_of(a_data_set(5, **looks))) for name, looks in LOOKS.items()} == FROZEN


def digest(numbers: list[Labelled]) -> str:
    """Return a short hash of the texts, boxes and pixels of some numbers."""
    found = sha256()
    for number in numbers:
        found.update(f"{number.text} {number.pixels.shape} {number.boxes.tolist()}".encode() + number.pixels.tobytes())
    return found.hexdigest()[:16]


FROZEN = {
    "natural": "1a990e2d30622bb1",
    "large": "4284342ee003e7fa",
    "black": "3e495fc244993850",
    "hand": "31583f8dca3ace10",
    "grid": "eed98f12d551fb18",
    "scaled": "f0cdc2b6896b286c",
    "squares": "c812c50d5345d00c",
    "wide": "c890d12b71b7927a",
    "narrow": "e7eef448aae1f532",
    "askew": "a0a7fd76100656e7",
    "askew and wide": "130d2ce3ff04b726",
}
