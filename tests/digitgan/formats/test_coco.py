"""What a reader of COCO's format finds in a data set of numbers."""

import io
import json
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.formats.registry import COCO
from digitgan.ink.raster import INK
from tests.digitgan.formats.labelled_numbers import HAND, a_data_set, file_of, numbers_of
from tests.digitgan.formats.pictures import decoded

DOCUMENTED = {"id", "image_id", "category_id", "bbox", "area", "iscrowd"}


def read(content: bytes) -> tuple[dict[str, Any], dict[int, NDArray[np.uint8]]]:
    """Return the annotations, and the pixels of each image by its id."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        about = json.loads(archive.read("annotations.json"))
        names = {image["id"]: f"images/{image['file_name']}" for image in about["images"]}
        assert archive.namelist() == [*names.values(), "annotations.json"]
        return about, {i: decoded(archive.read(name)) for i, name in names.items()}


def filled(runs: dict[str, Any]) -> NDArray[np.bool_]:
    """Return the mask whose run lengths these are, column by column."""
    counts = runs["counts"]
    assert min(counts[1:]) > 0
    height, width = runs["size"]
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(width, height).T


def test_images_have_the_numbers_as_text() -> None:
    job = a_data_set()
    about, pixels = read(file_of(COCO, job))
    numbers = numbers_of(job)
    assert [image["text"] for image in about["images"]] == [number.text for number in numbers]
    assert list(pixels) == [number.seed for number in numbers]
    for image, number in zip(about["images"], numbers, strict=True):
        assert (image["height"], image["width"]) == number.pixels.shape
        assert np.array_equal(pixels[image["id"]], number.pixels)


def test_objects_are_the_glyphs_with_ink_in_order() -> None:
    job = a_data_set()
    about, _ = read(file_of(COCO, job))
    names = {category["id"]: category["name"] for category in about["categories"]}
    assert names[1] == "0"
    assert names[10] == "9"
    assert len({each["id"] for each in about["annotations"]}) == len(about["annotations"])
    for number in numbers_of(job):
        objects = [each for each in about["annotations"] if each["image_id"] == number.seed]
        assert "".join(names[each["category_id"]] for each in objects) == number.text.replace(" ", "")
        assert all(set(each) == DOCUMENTED and each["iscrowd"] == 0 for each in objects)
        inked = [box for box in number.boxes.tolist() if box[2]]
        assert [each["bbox"] for each in objects] == [[x, y, right - x, bottom - y] for x, y, right, bottom in inked]


def test_masks_are_the_ink_in_each_box() -> None:
    about, _ = read(file_of(COCO, a_data_set(masks=True)))
    assert about["annotations"]
    for each in about["annotations"]:
        mask = filled(each["segmentation"])
        rows, columns = np.nonzero(mask)
        x, y = int(columns.min()), int(rows.min())
        assert each["bbox"] == [x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y]
        assert each["area"] == mask.sum()


def test_masks_cover_the_ink_of_the_picture() -> None:
    job = a_data_set(1, masks=True)
    about, pixels = read(file_of(COCO, job))
    together = np.any([filled(each["segmentation"]) for each in about["annotations"]], axis=0)
    assert np.array_equal(together, pixels[100] >= INK)


def test_parts_of_a_data_set_have_the_ids_of_the_whole() -> None:
    def objects(n: int) -> list[Any]:
        annotations: list[Any] = read(file_of(COCO, a_data_set(n)))[0]["annotations"]
        return annotations

    fewer = objects(2)
    assert objects(5)[: len(fewer)] == fewer


def test_hand_of_all_numbers_is_a_field_of_the_image() -> None:
    about, _ = read(file_of(COCO, a_data_set(1, in_one_hand=True)))
    assert about["images"][0]["hand"] == HAND
