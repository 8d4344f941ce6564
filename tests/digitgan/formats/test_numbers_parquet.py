"""What a Parquet reader finds in a data set of numbers."""

import io
import json
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from digitgan.formats import numbers_parquet
from digitgan.formats.labels import record
from digitgan.formats.registry import NUMBERS_PARQUET
from tests.digitgan.formats.labelled_numbers import HAND, a_data_set, file_of, numbers_of, pieces_of
from tests.digitgan.formats.pictures import decoded


def rows_of(content: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return rows


@pytest.mark.parametrize("masks", [False, True])
def test_row_is_a_picture_with_its_labels(masks: bool) -> None:
    job = a_data_set(masks=masks)
    rows = rows_of(file_of(NUMBERS_PARQUET, job))
    for row, number in zip(rows, numbers_of(job), strict=True):
        image = row.pop("image")
        assert image["path"] == f"{number.seed}.png"
        assert np.array_equal(decoded(image["bytes"]), number.pixels)
        assert row == {name: value for name, value in record(number).items() if name in row}
        assert set(row) == {"text", "seed", "glyphs"}


def test_hand_of_all_numbers_is_a_column() -> None:
    rows = rows_of(file_of(NUMBERS_PARQUET, a_data_set(2, in_one_hand=True)))
    assert [row["hand"] for row in rows] == [HAND] * 2


def test_metadata_declares_an_image_column() -> None:
    schema = pq.read_schema(io.BytesIO(file_of(NUMBERS_PARQUET, a_data_set(1))))
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["image"] == {"_type": "Image"}


@pytest.mark.parametrize(("limit", "most"), [("_GROUP_ROWS", 2), ("_GROUP_BYTES", 9_000)])
def test_row_groups_do_not_depend_on_parts(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(numbers_parquet, limit, most)
    job = a_data_set()
    content = file_of(NUMBERS_PARQUET, job, 1)
    assert content == file_of(NUMBERS_PARQUET, job, 5)
    file = pq.ParquetFile(io.BytesIO(content))
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [2, 2, 1]
    assert len(pieces_of(NUMBERS_PARQUET, job, 1)) == 4


def test_row_groups_are_smaller_with_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers_parquet, "_GROUP_BYTES", 5_150)
    jobs = (a_data_set(), a_data_set(masks=True))
    plain, masked = (pq.ParquetFile(io.BytesIO(file_of(NUMBERS_PARQUET, job))).num_row_groups for job in jobs)
    assert plain < masked
