"""Which changes of a file its stamp reveals, which paths have a size, and what a failed write leaves."""

import os
from pathlib import Path

import pytest

from digitgan.contract.files import set_aside, size, stamp, write_whole
from tests.disks import full_disk


def test_stamp_changes_when_file_is_written_replaced_or_removed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    stamps = [stamp(file)]

    def has_changed() -> bool:
        stamps.append(stamp(file))
        return stamps[-1] not in stamps[:-1]

    file.write_text("a")
    os.utime(file, ns=(0, 0))
    assert has_changed()
    file.write_text("ab")
    os.utime(file, ns=(0, 0))
    assert has_changed(), "another size"
    os.utime(file, ns=(0, 1))
    assert has_changed(), "another time"
    (tmp_path / "other").write_text("cd")
    os.utime(tmp_path / "other", ns=(0, 1))
    (tmp_path / "other").rename(file)
    assert has_changed(), "another file of the same size and time"
    file.unlink()
    assert stamp(file) is None
    assert stamp(file / "below") is None


def test_stamp_stays_the_same_when_file_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    before = stamp(tmp_path / "file")
    (tmp_path / "file").read_text()
    assert stamp(tmp_path / "file") == before


def test_size_is_none_unless_path_is_a_regular_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("abc")
    os.mkfifo(tmp_path / "pipe")
    assert size(tmp_path / "file") == 3
    assert size(tmp_path / "pipe") is None
    assert size(tmp_path) is None
    with pytest.raises(FileNotFoundError):
        size(tmp_path / "nothing")


def test_write_whole_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file"
    for content in (b"long content", memoryview(b"short")):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_failed_write_leaves_the_old_file_and_names_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")
    with full_disk(100_000), pytest.raises(OSError, match="File too large") as refused:
        write_whole(file, bytes(200_000))
    assert refused.value.filename == str(file)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_set_aside_keeps_every_damaged_version(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    for number in (1, 2):
        file.write_bytes(bytes(number))
        assert set_aside(file).name == f"run.json.damaged-{number}"
    assert sorted(len(path.read_bytes()) for path in tmp_path.glob("*.damaged-*")) == [1, 2]
    assert file.exists()


def test_what_is_no_file_is_not_set_aside(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")  # which would be read for good
    with pytest.raises(OSError, match="not a regular file"):
        set_aside(tmp_path / "run.json")
