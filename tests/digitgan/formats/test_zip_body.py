"""Knows what must lie in the zip form. Does not know HTTP."""

import io
import json
import zipfile

import numpy as np

from digitgan.formats.zip_body import FORM
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, body, decoded, generated, numbers


def test_it_holds_a_png_an_image_and_a_manifest_that_names_them() -> None:
    some, picture = generated(5), Picture(scale=2)
    with zipfile.ZipFile(io.BytesIO(body(FORM, asked(some, picture), some))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.namelist() == [image["file"] for image in manifest["images"]] + ["manifest.json"]
        assert archive.namelist()[1] == "000001_seed-101_label-1.png"
        assert (manifest["images"][1]["seed"], manifest["images"][1]["label"]) == (101, 1)
        pixels = [decoded(archive.read(image["file"])) for image in manifest["images"]]
        assert np.array_equal(pixels, picture.each(some.images.pixels))


def test_what_does_not_apply_is_not_in_a_name() -> None:
    some = generated(1, seeds=False, labels=False)
    with zipfile.ZipFile(io.BytesIO(body(FORM, asked(some), some))) as archive:
        assert archive.namelist() == ["000000.png", "manifest.json"]


def test_a_number_is_one_file() -> None:
    request, some = numbers("12", "345")
    with zipfile.ZipFile(io.BytesIO(body(FORM, request, some, 5))) as archive:
        assert archive.namelist() == ["000000_seed-0_digits-12.png", "000001_seed-1_digits-345.png", "manifest.json"]
        assert [box["label"] for box in json.loads(archive.read("manifest.json"))["images"][1]["boxes"]] == [3, 4, 5]
