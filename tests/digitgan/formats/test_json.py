"""What a program finds in the JSON formats."""

import base64
import json

import numpy as np
import pytest

from digitgan.formats.json import render
from digitgan.formats.registry import LINES
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, body, decoded, generated, numbers, pieces


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=3), Picture(scale=2, invert=True)])
def test_every_image_decodes_to_its_pixels(picture: Picture) -> None:
    some = generated(5)
    answer = json.loads(render(a_job(some, picture), some))
    assert (answer["model"], answer["version"]) == ("tiny", "1")
    assert [image["seed"] for image in answer["images"]] == [100, 101, 102, 103, 104]
    assert [image["label"] for image in answer["images"]] == [0, 1, 2, 3, 4]
    pixels = [decoded(base64.b64decode(image["png"], validate=True)) for image in answer["images"]]
    assert np.array_equal(pixels, drawing.each(picture, some.images.pixels))


def test_fields_that_do_not_apply_are_null() -> None:
    some = generated(2, seeds=False, labels=False)
    answer = json.loads(render(a_job(some), some))
    assert all(image["seed"] is image["label"] is image["url"] is None for image in answer["images"])


def test_sheet_layout_does_not_change_single_images() -> None:
    some = generated(4)
    assert render(a_job(some, Picture(padding=7, columns=1)), some) == render(a_job(some), some)


def test_number_is_one_strip() -> None:
    job, some = numbers("2026", "7", gap=1)
    [first, second] = json.loads(render(job, some))["images"]
    assert (first["digits"], first["seed"], second["digits"], second["seed"]) == ("2026", 0, "7", 1)
    assert decoded(base64.b64decode(first["png"])).shape == (2, 4 * 3 + 3)
    assert np.array_equal(decoded(base64.b64decode(second["png"])), some.images.pixels[4])


def test_line_is_an_image_of_the_document() -> None:
    some = generated(5)
    lines = body(LINES, a_job(some), some).decode().splitlines()
    document = json.loads(render(a_job(some), some))
    source = {"model": document["model"], "version": document["version"]}
    assert [json.loads(line) for line in lines] == [source | image for image in document["images"]]


def test_chunks_end_at_line_ends() -> None:
    some = generated(5)
    assert all(piece.endswith(b"\n") for piece in pieces(LINES, a_job(some), some))
