"""The folder of a data set of numbers: a picture for each line of its labels."""

import io
import json
import zipfile
from base64 import b64decode

import numpy as np

from digitgan.formats.labels import CATEGORIES, LABELS, NUMBER_OF, record
from digitgan.formats.registry import LABELLED_FILES
from tests.digitgan.formats.labelled_numbers import FIRST, HAND, a_data_set, file_of, numbers_of
from tests.digitgan.formats.pictures import decoded


def test_each_line_says_what_its_picture_shows() -> None:
    job = a_data_set(7, in_one_hand=True)
    with zipfile.ZipFile(io.BytesIO(file_of(LABELLED_FILES, job))) as archive:
        assert archive.testzip() is None
        lines = [json.loads(line) for line in archive.read(LABELS).splitlines()]
        assert archive.namelist() == [*(f"images/{FIRST + i}.png" for i in range(7)), LABELS]
        for number, line in zip(numbers_of(job), lines, strict=True):
            assert np.array_equal(decoded(archive.read(line["file"])), number.pixels)
            assert (line["text"], line["seed"], line["hand"]) == (number.text, number.seed, HAND)
            assert (line["height"], line["width"]) == number.pixels.shape
            boxes = [glyph["box"] for glyph in line["glyphs"]]
            assert [glyph["text"] for glyph in line["glyphs"]] == [*number.text]
            corners = [[left, top, right - left, bottom - top] for left, top, right, bottom in number.boxes.tolist()]
            assert boxes == [box if text != " " else None for box, text in zip(corners, number.text, strict=True)]


def test_masks_are_pictures_of_the_size_of_their_boxes() -> None:
    [number] = numbers_of(a_data_set(1, masks=True))
    for glyph, mask in zip(record(number)["glyphs"], number.masks, strict=True):
        if glyph["text"] == " ":
            assert glyph["mask"] is None
        else:
            assert np.array_equal(decoded(b64decode(glyph["mask"])), mask)
            assert glyph["box"][2:] == [*mask.shape[::-1]]


def test_categories_are_the_digits_and_all_signs_with_ink() -> None:
    assert "".join(CATEGORIES) == "0123456789.,-/:+%()"
    assert all(NUMBER_OF[str(digit)] == digit for digit in range(10))


def test_pictures_with_metadata_say_how_to_ask_for_each() -> None:
    marked = file_of(LABELLED_FILES, a_data_set(2, metadata=True))
    with zipfile.ZipFile(io.BytesIO(marked)) as archive:
        png = archive.read(f"images/{FIRST + 1}.png")
    assert b"digitgan:seeds\0" in png
    assert str(FIRST + 1).encode() in png
    assert b"digitgan:distortions" not in png


def test_pictures_with_metadata_say_what_they_suffered() -> None:
    marked = file_of(LABELLED_FILES, a_data_set(1, metadata=True, distortions=("form", "blur")))
    assert b'digitgan:distortions\0["form","blur"]' in marked
