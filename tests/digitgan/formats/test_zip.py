"""What any unzip program finds in the zip formats."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.manifest import Spool
from digitgan.formats.registry import FOLDERS, ZIP
from digitgan.formats.zip import Archive
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import a_job, body, decoded, generated, numbers

NAMES = st.text("abcdefghij0123456789/_.-", min_size=1).filter(lambda name: not name.startswith("/"))


def zipped(files: dict[str, bytes]) -> bytes:
    archive = Archive()
    return b"".join(archive.add(name, content) for name, content in files.items()) + b"".join(archive.end())


def test_archive_holds_a_png_an_image_and_a_manifest_that_names_them() -> None:
    some, picture = generated(5), Picture(scale=2)
    with zipfile.ZipFile(io.BytesIO(body(ZIP, a_job(some, picture), some))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.namelist() == [image["file"] for image in manifest["images"]] + ["manifest.json"]
        assert archive.namelist()[1] == "000001_seed-101_label-1.png"
        assert (manifest["images"][1]["seed"], manifest["images"][1]["label"]) == (101, 1)
        pixels = [decoded(archive.read(image["file"])) for image in manifest["images"]]
        assert np.array_equal(pixels, drawing.each(picture, some.images.pixels))


def test_file_name_leaves_out_what_does_not_apply() -> None:
    some = generated(1, seeds=False, labels=False)
    with zipfile.ZipFile(io.BytesIO(body(ZIP, a_job(some), some))) as archive:
        assert archive.namelist() == ["000000.png", "manifest.json"]


def test_number_is_one_file() -> None:
    job, some = numbers("12", "345")
    with zipfile.ZipFile(io.BytesIO(body(ZIP, job, some, 5))) as archive:
        assert archive.namelist() == ["000000_seed-0_digits-12.png", "000001_seed-1_digits-345.png", "manifest.json"]
        assert [box["label"] for box in json.loads(archive.read("manifest.json"))["images"][1]["boxes"]] == [3, 4, 5]


def test_data_set_has_a_folder_a_class_and_a_file_a_seed() -> None:
    some = generated(5)
    with zipfile.ZipFile(io.BytesIO(body(FOLDERS, a_job(some), some))) as archive:
        assert archive.namelist() == ["0/100.png", "1/101.png", "2/102.png", "3/103.png", "4/104.png"]
        assert np.array_equal([decoded(archive.read(name)) for name in archive.namelist()], some.images.pixels)


def test_archive_beyond_four_gibibytes_is_read(tmp_path: Path) -> None:
    archive, large = Archive(), Spool()
    large.size = 2**32 + 10  # a hole in the file, which the archive need not see
    with (tmp_path / "large.zip").open("wb") as file:
        file.write(next(iter(archive.add_spool("hole", large))))
        file.seek(large.size, os.SEEK_CUR)
        file.write(archive.add("beyond", b"after it") + b"".join(archive.end()))
    with zipfile.ZipFile(tmp_path / "large.zip") as found:
        assert [(each.filename, each.file_size) for each in found.infolist()] == [("hole", 2**32 + 10), ("beyond", 8)]
        assert found.read("beyond") == b"after it"
        with found.open("hole") as hole:
            assert hole.read(3) == bytes(3)


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=10))
def test_standard_library_reads_what_was_stored(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == files
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.external_attr >> 16 == 0o100644


def test_more_entries_than_the_plain_end_can_count_are_read() -> None:
    n = 2**16
    content = zipped({str(i): b"x" for i in range(n)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == n
        assert archive.read(str(n - 1)) == b"x"
