"""Knows what a program must find in the JSON form. Does not know HTTP."""

import base64
import json

import numpy as np
import pytest

from service.render import json_body
from service.render.picture import Picture
from tests.service.render.pictures import decoded, generated


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=3), Picture(scale=2, invert=True)])
def test_every_image_decodes_to_its_pixels_as_shown(picture: Picture) -> None:
    some = generated(5)
    answer = json.loads(json_body.render(some, picture))
    assert (answer["model"], answer["version"]) == ("tiny", "1")
    assert [image["seed"] for image in answer["images"]] == [100, 101, 102, 103, 104]
    assert [image["label"] for image in answer["images"]] == [0, 1, 2, 3, 4]
    pixels = [decoded(base64.b64decode(image["png"], validate=True)) for image in answer["images"]]
    assert np.array_equal(pixels, picture.each(some.images.pixels))


def test_what_does_not_apply_is_null() -> None:
    answer = json.loads(json_body.render(generated(2, seeds=False, labels=False), Picture()))
    assert all(image["seed"] is None and image["label"] is None for image in answer["images"])


def test_the_layout_of_a_sheet_does_not_touch_single_images() -> None:
    some = generated(4)
    assert json_body.render(some, Picture(padding=7, columns=1)) == json_body.render(some, Picture())
