"""Knows what a reader of image folders must find. Does not know HTTP."""

import io
import zipfile

import numpy as np

from digitgan.formats.image_folder import FORM
from tests.digitgan.formats.pictures import asked, body, decoded, generated


def test_each_image_lies_in_its_classs_folder_under_its_seed() -> None:
    some = generated(5)
    with zipfile.ZipFile(io.BytesIO(body(FORM, asked(some), some))) as archive:
        assert archive.namelist() == ["0/100.png", "1/101.png", "2/102.png", "3/103.png", "4/104.png"]
        assert np.array_equal([decoded(archive.read(name)) for name in archive.namelist()], some.images.pixels)
