import json
import struct
import tracemalloc
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from numpy.typing import NDArray
from pyarrow import parquet

from digitgan.contract.errors import NotInstalled
from tests.shapes import NAMES, bars
from tests.training.images.test_classes import png
from training.errors import DataRefused
from training.images import tables
from training.images.pictures import PictureReader
from training.images.tables import check_shards, read_arrays, read_parquet
from training.images.trees import StoredFile


def write_table(path: Path, n: int = 12, names: object = None, **columns: Any) -> StoredFile:
    """Write the bars as Hugging Face's `datasets` does; further columns replace its own."""
    images, labels = bars(n)
    values = {"image": [{"bytes": png(image), "path": None} for image in images], "label": labels.astype(int)}
    table = pyarrow.table({name: value for name, value in (values | columns).items() if value is not None})
    if names:
        features = {"info": {"features": {"label": {"_type": "ClassLabel", "names": names}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
    parquet.write_table(table, path, compression="snappy")
    return StoredFile.at(path)


def test_table_of_pictures_is_read_with_the_names_of_its_classes(tmp_path: Path) -> None:
    part, names = read_parquet([write_table(tmp_path / "x.parquet", names=list(NAMES))], PictureReader())
    np.testing.assert_array_equal(part.images, bars(12)[0])
    assert (part.labels.tolist(), names) == ([0, 1, 2] * 4, NAMES)


@pytest.mark.parametrize("names", [["0", "1", "2"], {"a": 1}, None])
def test_numbers_are_no_names(names: object, tmp_path: Path) -> None:
    assert read_parquet([write_table(tmp_path / "x.parquet", names=names)], PictureReader())[1] is None


def test_other_columns_of_pictures_and_classes_are_read(tmp_path: Path) -> None:
    images, labels = bars(12)
    columns: dict[str, Any] = {"img": [png(image) for image in images], "labels": [NAMES[label] for label in labels]}
    part, _ = read_parquet([write_table(tmp_path / "x.parquet", image=None, label=None, **columns)], PictureReader())
    np.testing.assert_array_equal(part.images, images)
    assert part.labels.tolist() == [*NAMES] * 4


def test_files_are_joined(tmp_path: Path) -> None:
    files = [write_table(tmp_path / f"{n}.parquet", n) for n in (3, 5)]
    assert read_parquet(files, PictureReader())[0].labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]


def test_files_must_agree_on_the_names_of_classes(tmp_path: Path) -> None:
    named, other = (
        write_table(tmp_path / f"{i}.parquet", names=names) for i, names in enumerate((list(NAMES), [NAMES[0], *"xy"]))
    )
    unnamed = write_table(tmp_path / "unnamed.parquet")
    assert (
        read_parquet([named, unnamed], PictureReader())[1]
        == read_parquet([unnamed, named], PictureReader())[1]
        == NAMES
    )
    for files, names in (([named, other], None), ([other], NAMES)):
        with pytest.raises(DataRefused, match=f"1.parquet: names class 1 'x', but the files before .* {NAMES[1]!r}"):
            read_parquet(files, PictureReader(), names)


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"label": None}, "has the columns 'image'; a data set has a column 'label'"),
        ({"image": None, "text": [""] * 3}, "has the columns 'label', 'text'; a data set has a column 'image'"),
        ({"image": [b""] * 3}, "x.parquet, row 1: cannot be read"),
        ({"image": [1] * 3}, "row 1 contains no picture file"),
        ({"image": [{"bytes": None, "path": "1.png"}] * 3}, "row 1 contains no picture file"),
        ({"label": [1, None, 2]}, "column 'label' must have a whole number or a text in each row"),
        ({"label": [1.5, 1.0, 2.0]}, "column 'label' must have a whole number or a text in each row"),
    ],
)
def test_other_tables_are_refused(columns: dict[str, Any], match: str, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=match):
        read_parquet([write_table(tmp_path / "x.parquet", 3, **columns)], PictureReader())


def test_empty_and_damaged_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(DataRefused, match="contains no rows"):
        read_parquet([write_table(path, 3, image=pyarrow.array([], pyarrow.binary()), label=[])], PictureReader())
    write_table(path)
    content = path.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        content[:500] + b"\xff" * 900 + content[1400:],
        content[:-8] + b"\xff\xff\xff\x7f" + content[-4:],
    ):
        path.write_bytes(damaged)
        with pytest.raises(DataRefused, match=r"x\.parquet: cannot be read: it is damaged") as error:
            read_parquet([StoredFile.at(path)], PictureReader())
        assert len(str(error.value).splitlines()) == 1


def test_table_of_too_many_rows_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 11 * 8 * 8)
    with pytest.raises(DataRefused, match="states 12 rows, which are more than fit into memory"):
        read_parquet([write_table(tmp_path / "x.parquet")], PictureReader())


def test_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(tables, "find_spec", missing)
    with pytest.raises(NotInstalled, match=r"a data set in Parquet files needs pyarrow; install it with: .*parquet"):
        read_parquet([write_table(tmp_path / "x.parquet")], PictureReader())


def test_missing_shards_are_counted() -> None:
    check_shards(["train-00000-of-00002.parquet", "train-00001-of-00002.parquet", "x.parquet"], "place")
    with pytest.raises(DataRefused, match="place: 2 of the 3 shards of 'train' are missing"):
        check_shards(["train-00001-of-00003.parquet", "test-00000-of-00001.parquet"], "place")


def arrays(
    folder: Path, images: NDArray[Any] | bytes, labels: NDArray[Any] | None = None
) -> tuple[StoredFile, StoredFile]:
    if isinstance(images, bytes):
        (folder / "images.npy").write_bytes(images)
    else:
        np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", bars(12)[1] if labels is None else labels)
    return StoredFile.at(folder / "images.npy"), StoredFile.at(folder / "labels.npy")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["u1", "<i8", ">i4"])
def test_arrays_are_read_in_any_order_and_type_of_labels(order: Any, kind: str, tmp_path: Path) -> None:
    images, labels = bars(12)
    part = read_arrays(*arrays(tmp_path, np.asarray(images, order=order), labels.astype(kind)), PictureReader())
    np.testing.assert_array_equal(part.images, images)
    np.testing.assert_array_equal(part.labels, labels)


def header(kind: str, shape: str) -> bytes:
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text) + 1) + text + b"\n"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (header("|u1", "(4611686018427387904, 28, 28)"), "states 3,615,561,838,447,072,116,736 bytes; at most"),
        (header("|u1", "(1369568, 28, 28)"), "states 1,073,741,312 bytes of values, but has fewer"),
        (header("|u1", "(12, 28, 28)") + bytes(9409), "but has more"),
        (header("|u1", "(-12, 28, 28)"), "-12 x 28 x 28; allowed are N x H x W"),
        (header("|u1", "()"), "a single value; allowed are N x H x W"),
        (header("|u1", "(12, 32, 300)"), "32 x 300 pixels; allowed are sides of 8 to 256, and --size 32 resizes"),
        (header("|u1", "(12, 32, 32, 4)"), "12 x 32 x 32 x 4; allowed are N x H x W, or N x H x W x 3 in RGB"),
        (header("|O", "(12, 28, 28)"), "has values of type object; allowed are uint8"),
        (header("<f4", "(12, 28, 28)"), "has values of type float32; allowed are uint8"),
        (b"\x93NUMPY\x01\0\x76\0" + b"(" * 118, "cannot be read: it is damaged"),
        (b"\x93NUMPY\x02\0" + b"\xff" * 4 + b"{", "cannot be read: it is damaged"),
        (b"PK", "cannot be read: it is damaged"),
        (b"", "cannot be read: it is damaged"),
    ],
)
def test_other_arrays_are_refused_without_room_for_them(content: bytes, match: str, tmp_path: Path) -> None:
    files = arrays(tmp_path, content)
    tracemalloc.start()
    with pytest.raises(DataRefused, match=match) as error:
        read_arrays(*files, PictureReader())
    assert "images.npy: " in str(error.value)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_labels_must_be_as_many_as_images(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"labels\.npy: 5 labels for 12 images"):
        read_arrays(*arrays(tmp_path, bars(12)[0], np.arange(5)), PictureReader())
    with pytest.raises(DataRefused, match=r"labels\.npy: has values of type float64; allowed are whole numbers"):
        read_arrays(*arrays(tmp_path, bars(12)[0], np.zeros(12)), PictureReader())
