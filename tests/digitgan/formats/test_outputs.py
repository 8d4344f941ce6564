"""Outputs are complete or absent, and targets that are not writable are refused."""

import os
from pathlib import Path

import pytest

from digitgan.formats.outputs import CannotWrite, check_target, to_file, to_folder


def test_file_replaces_its_target_only_when_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with to_file(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_failed_file_leaves_its_target_unchanged(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), to_file(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_device_is_written_to_and_not_replaced() -> None:
    before = Path(os.devnull).stat()
    with to_file(Path(os.devnull)) as file:
        file.write(b"gone")
    assert Path(os.devnull).stat().st_ino == before.st_ino


def test_folder_appears_only_when_complete(tmp_path: Path) -> None:
    target = tmp_path / "out"

    def unpack(file: Path, folder: Path) -> None:
        (folder / "a").write_bytes(file.read_bytes())
        assert not target.exists()

    with to_folder(target, unpack) as file:
        file.write(b"all")
    assert (target / "a").read_bytes() == b"all"
    assert list(tmp_path.iterdir()) == [target]


def test_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), to_folder(tmp_path / "out", lambda _, __: None):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_folder_in_place_of_a_file_and_full_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    check_target(tmp_path / "new", is_folder=True)
    with pytest.raises(CannotWrite, match="is a folder, not a file"):
        check_target(tmp_path, is_folder=False)
    with pytest.raises(CannotWrite, match="is not empty"):
        check_target(tmp_path / "full", is_folder=True)


def test_error_names_the_target_and_not_what_is_made_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "out"
    for place in (to_file(target), to_folder(target, lambda _, __: None)):
        with pytest.raises(FileNotFoundError) as raised, place:
            pass
        assert raised.value.filename == str(target)
