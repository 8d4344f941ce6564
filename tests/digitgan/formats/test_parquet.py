"""What a Parquet reader finds in a data set."""

import io
import json

import numpy as np
import pyarrow.parquet as pq

from digitgan.formats.registry import PARQUET
from tests.digitgan.formats.pictures import a_job, body, decoded, generated, pieces


def test_row_is_an_image_with_label_and_seed() -> None:
    some = generated(5)
    table = pq.read_table(io.BytesIO(body(PARQUET, a_job(some), some)))
    rows = table.to_pylist()
    assert [(row["label"], row["seed"]) for row in rows] == [(i, 100 + i) for i in range(5)]
    assert [row["image"]["path"] for row in rows] == [f"{100 + i}.png" for i in range(5)]
    assert np.array_equal([decoded(row["image"]["bytes"]) for row in rows], some.images.pixels)


def test_metadata_declares_image_and_class_columns() -> None:
    some = generated(2)
    schema = pq.read_schema(io.BytesIO(body(PARQUET, a_job(some), some)))
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert features["image"] == {"_type": "Image"}
    assert features["label"]["_type"] == "ClassLabel"


def test_each_chunk_is_a_row_group_sent_at_once() -> None:
    some = generated(6)
    made = pieces(PARQUET, a_job(some), some)
    assert pq.ParquetFile(io.BytesIO(b"".join(made))).num_row_groups == 3
    assert [len(piece) > 100 for piece in made] == [True] * 4
