import gzip
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.data import SAMPLE_FOLDER
from training.errors import DataRefused
from training.images.idx import FILES, read_idx


def test_plain_and_gzipped_files_read_alike(tmp_path: Path) -> None:
    packed = SAMPLE_FOLDER / f"{FILES[1]}.gz"
    plain = tmp_path / FILES[1]
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    np.testing.assert_array_equal(read_idx(plain), read_idx(packed))


def test_truncated_archive_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes((SAMPLE_FOLDER / f"{FILES[1]}.gz").read_bytes()[:-100])
    with pytest.raises(DataRefused, match=r"labels.gz: cannot be read"):
        read_idx(path)


def test_truncated_plain_file_is_refused_with_both_lengths(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(gzip.decompress((SAMPLE_FOLDER / f"{FILES[1]}.gz").read_bytes())[:-100])
    with pytest.raises(DataRefused, match=r"makes 5,008 bytes, but it has 4,908"):
        read_idx(path)


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08", b"PK\x03\x04 a zip", b"\0\0\x0d\x01\0\0\0\0", b"\0\0\x08\x03\0\0"]
)
def test_file_that_is_not_idx_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match="file: not an IDX file"):
        read_idx(path)


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 2, (2**31, 2**31, 4), (2**32 - 1,) * 32, (2**30 + 1,)])
def test_huge_stated_shape_is_refused_with_its_size(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes())
    with pytest.raises(DataRefused, match=rf"makes {4 + 4 * len(shape) + math.prod(shape):,} bytes; at most 1,073,"):
        read_idx(path)


def test_archive_is_unpacked_no_further_than_its_header_states(tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 9]) + bytes(2**26)))  # 64 MiB of 65 kB
    tracemalloc.start()
    with pytest.raises(DataRefused, match="makes 17 bytes, but it has more"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_file_without_images_has_its_shape(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, 3]) + np.array((0, 28, 28), ">u4").tobytes())
    assert read_idx(path).shape == (0, 28, 28)


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_content_and_not_the_name_says_what_is_gzipped(
    name: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(pack(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 6, 7])))
    assert read_idx(tmp_path / name).tolist() == [5, 6, 7]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_stated_size_takes_no_memory(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(pack(bytes([0, 0, 8, 3]) + np.array((1_369_568, 28, 28), ">u4").tobytes() + bytes(100)))
    tracemalloc.start()
    with pytest.raises(DataRefused, match="makes 1,073,741,328 bytes, but it has 116"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def refuse(shape: tuple[int, ...], place: str) -> None:
    raise DataRefused(f"{place}: {shape[1]} x {shape[2]} pixels, but the images before it have 28 x 28")


def test_items_of_another_shape_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, 3]) + np.array((9, 32, 32), ">u4").tobytes())
    with pytest.raises(DataRefused, match=r"images: 9 x 32 x 32; allowed are N$"):
        read_idx(path, n_dimensions=1)
    with pytest.raises(DataRefused, match="images: 32 x 32 pixels, but the images before it have 28 x 28"):
        read_idx(path, n_dimensions=3, check=refuse)
