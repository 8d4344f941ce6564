"""Knows which changes of a file are seen, and what has a size. Does not know who looks."""

import os
from pathlib import Path

import pytest

from digitgan.contract.files import size, stamp


def test_what_is_replaced_written_or_removed_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "file"
    seen = [stamp(file)]

    def is_new() -> bool:
        seen.append(stamp(file))
        return seen[-1] not in seen[:-1]

    file.write_text("a")
    os.utime(file, ns=(0, 0))
    assert is_new()
    file.write_text("ab")
    os.utime(file, ns=(0, 0))
    assert is_new(), "another size"
    os.utime(file, ns=(0, 1))
    assert is_new(), "another time"
    (tmp_path / "other").write_text("cd")
    os.utime(tmp_path / "other", ns=(0, 1))
    (tmp_path / "other").rename(file)
    assert is_new(), "another file of that size and time"
    file.unlink()
    assert stamp(file) is None
    assert stamp(file / "below") is None


def test_what_is_left_alone_keeps_its_stamp(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    before = stamp(tmp_path / "file")
    (tmp_path / "file").read_text()
    assert stamp(tmp_path / "file") == before


def test_a_file_has_a_size_and_what_is_none_has_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("abc")
    os.mkfifo(tmp_path / "pipe")
    assert size(tmp_path / "file") == 3
    assert size(tmp_path / "pipe") is None
    assert size(tmp_path) is None
    with pytest.raises(FileNotFoundError):
        size(tmp_path / "nothing")
