"""What readers of MNIST's files and of gzip find in an IDX data set."""

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.idx import IMAGES, LABELS, StoredGzip, frame_size, stored_size
from digitgan.formats.registry import IDX
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, body, generated
from training.images.idx import read_idx


@pytest.mark.parametrize("picture", [Picture(), Picture(metadata=True)])
def test_archive_unpacks_to_the_files_of_mnists_training_set(tmp_path: Path, picture: Picture) -> None:
    some = generated(7)
    with tarfile.open(fileobj=io.BytesIO(body(IDX, a_job(some, picture), some))) as archive:
        assert archive.getnames() == [f"{LABELS}.gz", f"{IMAGES}.gz"]
        archive.extractall(tmp_path, filter="data")
    assert np.array_equal(read_idx(tmp_path / f"{LABELS}.gz"), range(7))
    assert np.array_equal(read_idx(tmp_path / f"{IMAGES}.gz"), some.images.pixels)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.sampled_from([b"", b"a comment"]))
def test_gzip_reads_stored_contents_of_the_announced_size(contents: list[bytes], comment: bytes) -> None:
    file = StoredGzip(comment)
    stored = file.begin() + b"".join(file.add(content) for content in contents) + file.end()
    assert gzip.decompress(stored) == b"".join(contents)
    assert len(stored) == frame_size(comment) + sum(stored_size(len(content)) for content in contents)


def test_content_larger_than_a_block_is_stored_in_several() -> None:
    content = bytes(range(256)) * 600
    file = StoredGzip()
    assert gzip.decompress(file.begin() + file.add(content) + file.end()) == content


@given(st.integers(0, 300), st.integers(1, 70))
def test_size_of_pieces_is_announced(n_bytes: int, piece: int) -> None:
    file = StoredGzip()
    content = bytes(n_bytes)
    stored = b"".join(file.add(content[start : start + piece]) for start in range(0, n_bytes, piece))
    assert len(stored) == stored_size(n_bytes, piece)
