import io
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from tests.shapes import NAMES, bars, write_png_folder
from tests.training.images.test_trees import write_tar
from training.errors import DataRefused
from training.images.classes import has_samples, read_archived, read_classes, read_parts
from training.images.parts import Ledger, Part
from training.images.pictures import PictureReader
from training.images.trees import FolderTree, opened_archive


def contents(part: Part) -> set[tuple[bytes, int]]:
    return {(image.tobytes(), int(label)) for image, label in zip(part.images, part.labels, strict=True)}


EXPECTED = contents(Part(*bars(12)))


def png(image: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")  # type: ignore[arg-type] # an array
    return file.getvalue()


def test_pictures_of_every_kind_and_depth_are_read(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    low = tmp_path / "train" / "low"
    (low / "writer" / "1").mkdir(parents=True)
    (low / "0000.png").rename(low / "writer" / "1" / "0000.PNG")
    for name, suffix in (("0003", ".webp"), ("0006", ".bmp")):
        Image.open(low / f"{name}.png").save(low / f"{name}{suffix}", lossless=True)
        (low / f"{name}.png").unlink()
    ledger = Ledger()
    found = read_parts(FolderTree(tmp_path), ledger, PictureReader())
    assert contents(found.train) == EXPECTED
    assert (found.names, found.test, found.facts, str(ledger)) == (NAMES, None, (), "")


def test_folders_of_classes_need_no_folder_train(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    found = read_classes(FolderTree(tmp_path / "train"), Ledger(), PictureReader())
    assert (contents(found.train), found.names) == (EXPECTED, NAMES)


def test_everything_that_is_not_read_is_named(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    for name in ("train/low/._0000.png", "train/.DS_Store", "train/low/.thumbs/1.png", "train/__MACOSX/low/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\0")
    (tmp_path / "train" / "top" / "notes.txt").write_text("")
    (tmp_path / "train" / "stray.png").write_bytes(b"")
    (tmp_path / "unlabelled").mkdir()
    ledger = Ledger()
    found = read_parts(FolderTree(tmp_path), ledger, PictureReader())
    assert contents(found.train) == EXPECTED
    for text in (
        "1 beside train/ (unlabelled/)",
        "4 hidden (",
        "1 of other kinds (train/top/notes.txt)",
        "1 outside the class folders (train/stray.png)",
    ):
        assert text in str(ledger), str(ledger)


def test_validation_part_stands_for_a_test_part(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    write_png_folder(tmp_path, n=3, part="val")
    found = read_parts(FolderTree(tmp_path), Ledger(), PictureReader())
    assert found.test is not None
    assert contents(found.test) == contents(Part(*bars(3)))
    assert found.facts == ("tests are the images in val/",)


def test_folder_of_data_sets_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_png_folder(tmp_path / name, n=12)
    with pytest.raises(DataRefused, match=r"contains other data sets; name one of them, such as .*/a$"):
        read_classes(FolderTree(tmp_path), Ledger(), PictureReader())


def test_single_folder_is_refused(tmp_path: Path) -> None:
    write_png_folder(tmp_path / "a", n=12)
    with pytest.raises(
        DataRefused, match=r"contains only one folder, 'train'; .* at least two classes, or train/CLASS"
    ):
        read_classes(FolderTree(tmp_path / "a"), Ledger(), PictureReader())


def test_class_folder_whose_name_is_not_utf8_is_refused(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    (tmp_path / "train" / "low").rename(tmp_path / "train" / "l\udcf6w")
    with pytest.raises(DataRefused, match=r"train: the name 'l\\xf6w' is not UTF-8; rename it"):
        read_parts(FolderTree(tmp_path), Ledger(), PictureReader())


def test_names_of_classes_are_checked_without_the_escapes_of_their_folders(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    folder, longest = tmp_path / "train" / "low", "\u6f22" * 21  # 63 bytes, of which a card may hold 64
    folder = folder.rename(folder.with_name(quote(longest)))
    assert longest in (read_parts(FolderTree(tmp_path), Ledger(), PictureReader()).names or ())
    for name, message in (("%0A", "must be printable text"), ("%74op", "'top', the name")):
        folder = folder.rename(folder.with_name(name))
        with pytest.raises(DataRefused, match=message):
            read_parts(FolderTree(tmp_path), Ledger(), PictureReader())


def test_files_whose_names_are_not_utf8_are_read(tmp_path: Path) -> None:
    write_png_folder(tmp_path, n=12)
    (tmp_path / "train" / "low" / "0000.png").rename(tmp_path / "train" / "low" / "\udcf6.png")
    assert contents(read_parts(FolderTree(tmp_path), Ledger(), PictureReader()).train) == EXPECTED


def samples(label: object = int) -> dict[str, bytes]:
    """Return the files of twelve samples."""
    files: dict[str, bytes] = {}
    for index, (image, number) in enumerate(zip(*bars(12), strict=True)):
        text = str(number) if label is int else NAMES[number]
        files |= {f"{index:04}.png": png(image), f"{index:04}.cls": text.encode(), f"{index:04}.json": b"{}"}
    return files


@pytest.mark.parametrize("suffix", ["tar", "tgz"])
def test_samples_of_webdataset_are_read_in_their_order(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{suffix}"
    write_tar(path, samples())
    with opened_archive(path) as tree:
        assert has_samples(tree)
    ledger = Ledger()
    part = read_archived(path, ledger, PictureReader())
    np.testing.assert_array_equal(part.images, bars(12)[0])
    assert part.labels.tolist() == [0, 1, 2] * 4
    assert "12 that are neither pictures nor classes (0000.json, 0001.json, ...)" in str(ledger)


def test_classes_of_samples_may_be_names(tmp_path: Path) -> None:
    write_tar(tmp_path / "x.tar", samples(str))
    assert read_archived(tmp_path / "x.tar", Ledger(), PictureReader()).labels.tolist() == [*NAMES] * 4


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("0003.cls", None, "0003: has no class; allowed are samples with a picture and a file .cls"),
        ("0003.png", None, "0003: has a class, but no PNG"),
        ("0003.jpg", png(bars(1)[0][0]), "0003.jpg: the second picture of its sample"),
        ("0003.cls", b"9" * 80, "0003.cls: label 9+; labels have at most 9 digits"),
        ("0003.cls", b"9" * 101, "0003.cls: has more than 100 bytes"),
        ("0003.cls", b"\xf6", r"0003.cls: the name '\\xf6' is not UTF-8"),
    ],
)
def test_samples_that_are_not_whole_are_refused(name: str, content: bytes | None, match: str, tmp_path: Path) -> None:
    files = samples() | {name: content or b""}
    if content is None:
        del files[name]
    write_tar(tmp_path / "x.tar", files)
    with pytest.raises(DataRefused, match=match):
        read_archived(tmp_path / "x.tar", Ledger(), PictureReader())
