"""Knows what a program must find in the JSON form. Does not know HTTP."""

import base64
import json

import numpy as np
import pytest

from digitgan.formats.json_body import render
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, decoded, generated, numbers


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=3), Picture(scale=2, invert=True)])
def test_every_image_decodes_to_its_pixels_as_shown(picture: Picture) -> None:
    some = generated(5)
    answer = json.loads(render(asked(some, picture), some))
    assert (answer["model"], answer["version"]) == ("tiny", "1")
    assert [image["seed"] for image in answer["images"]] == [100, 101, 102, 103, 104]
    assert [image["label"] for image in answer["images"]] == [0, 1, 2, 3, 4]
    pixels = [decoded(base64.b64decode(image["png"], validate=True)) for image in answer["images"]]
    assert np.array_equal(pixels, picture.each(some.images.pixels))


def test_what_does_not_apply_is_null() -> None:
    some = generated(2, seeds=False, labels=False)
    answer = json.loads(render(asked(some), some))
    assert all(image["seed"] is image["label"] is image["url"] is None for image in answer["images"])


def test_the_layout_of_a_sheet_does_not_touch_single_images() -> None:
    some = generated(4)
    assert render(asked(some, Picture(padding=7, columns=1)), some) == render(asked(some), some)


def test_a_number_is_one_strip() -> None:
    request, some = numbers("2026", "7", gap=1)
    [first, second] = json.loads(render(request, some))["images"]
    assert (first["digits"], first["seed"], second["digits"], second["seed"]) == ("2026", 0, "7", 1)
    assert decoded(base64.b64decode(first["png"])).shape == (2, 4 * 3 + 3)
    assert np.array_equal(decoded(base64.b64decode(second["png"])), some.images.pixels[4])
