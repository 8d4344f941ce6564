"""Which changes of a file its stamp reveals, and which paths have a size."""

import os
from pathlib import Path

import pytest

from digitgan.contract.files import size, stamp


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
