"""What a reader of tar archives finds in a data set of numbers."""

import io
import json
import tarfile

import numpy as np

from digitgan.formats.labels import record
from digitgan.formats.registry import WEBDATASET
from tests.digitgan.formats.labelled_numbers import a_data_set, file_of, numbers_of, pieces_of
from tests.digitgan.formats.pictures import decoded


def read(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]


def test_number_is_a_sample_of_picture_text_and_boxes() -> None:
    job = a_data_set(masks=True)
    files = read(file_of(WEBDATASET, job))
    numbers = numbers_of(job)
    keys = [f"{number.seed:09}" for number in numbers]
    assert list(files) == [f"{key}.{suffix}" for key in keys for suffix in ("json", "png", "txt")]
    for key, number in zip(keys, numbers, strict=True):
        assert np.array_equal(decoded(files[f"{key}.png"]), number.pixels)
        assert files[f"{key}.txt"].decode() == number.text
        assert json.loads(files[f"{key}.json"]) == record(number)


def test_each_part_is_sent_at_once() -> None:
    job = a_data_set(6)
    made = pieces_of(WEBDATASET, job)
    assert [len(piece) > 2_000 for piece in made] == [True] * 3 + [False]
    assert b"".join(made) == file_of(WEBDATASET, job, 6)


def test_archives_of_parts_joined_are_the_archive_of_the_whole() -> None:
    whole, part = read(file_of(WEBDATASET, a_data_set(4))), read(file_of(WEBDATASET, a_data_set(2)))
    assert {name: whole[name] for name in part} == part
