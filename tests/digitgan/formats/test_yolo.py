"""What a trainer of YOLO finds in a data set of numbers."""

import io
import zipfile

import numpy as np
import pytest
import yaml

from digitgan.formats.registry import YOLO
from tests.digitgan.formats.labelled_numbers import a_data_set, file_of, numbers_of
from tests.digitgan.formats.pictures import decoded


def test_lines_give_class_and_box_of_each_glyph_with_ink() -> None:
    job = a_data_set()
    with zipfile.ZipFile(io.BytesIO(file_of(YOLO, job))) as archive:
        assert archive.testzip() is None
        names = yaml.safe_load(archive.read("data.yaml"))["names"]
        for number in numbers_of(job):
            assert np.array_equal(decoded(archive.read(f"images/{number.seed}.png")), number.pixels)
            lines = [line.split() for line in archive.read(f"labels/{number.seed}.txt").decode().splitlines()]
            assert "".join(names[int(line[0])] for line in lines) == number.text.replace(" ", "")
            height, width = number.pixels.shape
            x, y, across, down = np.array(lines, float)[:, 1:].T * [[width], [height], [width], [height]]
            boxes = np.stack([x - across / 2, y - down / 2, x + across / 2, y + down / 2], axis=1)
            assert boxes == pytest.approx(number.boxes[number.boxes[:, 2] > 0], abs=0.001)


def test_description_names_folders_and_classes() -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(YOLO, a_data_set(1)))) as archive:
        about = yaml.safe_load(archive.read("data.yaml"))
        assert archive.namelist() == ["data.yaml", "images/100.png", "labels/100.txt"]
    assert about["train"] == about["val"] == "images"
    assert [about["names"][i] for i in range(10)] == list("0123456789")
    assert all(isinstance(name, str) and len(name) == 1 for name in about["names"].values())
