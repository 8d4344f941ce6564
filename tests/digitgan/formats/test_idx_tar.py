"""Knows what a reader of MNIST must find, by the one that training uses. Does not know HTTP."""

import io
import tarfile
from pathlib import Path

import numpy as np

from digitgan.formats.idx_tar import FORM, IMAGES, LABELS, size
from tests.digitgan.formats.pictures import asked, body, generated
from training.images.idx import read_idx


def test_it_unpacks_to_the_files_of_mnists_training_set(tmp_path: Path) -> None:
    some = generated(7)
    with tarfile.open(fileobj=io.BytesIO(body(FORM, asked(some), some))) as archive:
        assert archive.getnames() == [LABELS, IMAGES]
        archive.extractall(tmp_path, filter="data")
    assert np.array_equal(read_idx(tmp_path / LABELS), range(7))
    assert np.array_equal(read_idx(tmp_path / IMAGES), some.images.pixels)


def test_its_size_is_known_before_its_first_byte() -> None:
    some = generated(7)
    assert size(asked(some)) == len(body(FORM, asked(some), some))
