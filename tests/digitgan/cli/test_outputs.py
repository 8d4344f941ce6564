"""Knows that what is written is whole or not there at all. Does not know what is written."""

import os
from pathlib import Path

import pytest

from digitgan.cli.outputs import CannotWrite, refuse_impossible, to_file, to_folder


def test_a_file_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with to_file(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), to_file(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_device_is_written_to_and_not_replaced() -> None:
    before = Path(os.devnull).stat()
    with to_file(Path(os.devnull)) as file:
        file.write(b"gone")
    assert Path(os.devnull).stat().st_ino == before.st_ino


def test_a_folder_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def unpack(file: Path, folder: Path) -> None:
        (folder / "a").write_bytes(file.read_bytes())
        assert not target.exists()

    with to_folder(target, unpack) as file:
        file.write(b"all")
    assert (target / "a").read_bytes() == b"all"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_fails_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), to_folder(tmp_path / "out", lambda _, __: None):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file_and_a_full_one_no_place(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    refuse_impossible(tmp_path / "new", is_folder=True)
    with pytest.raises(CannotWrite, match="is a folder, not a file"):
        refuse_impossible(tmp_path, is_folder=False)
    with pytest.raises(CannotWrite, match="is not empty"):
        refuse_impossible(tmp_path / "full", is_folder=True)
