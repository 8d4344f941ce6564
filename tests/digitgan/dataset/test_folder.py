"""A folder of shards survives commands that are killed at any moment, and refuses other contents."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from digitgan.dataset.folder import CHECKSUMS, DESCRIPTION, ShardFolder
from digitgan.formats.outputs import CannotWrite

DATA_SET = {"seed": 0, "count": 20}
ONE, TWO = "train-00000-of-00002.parquet", "train-00001-of-00002.parquet"


def filled(path: Path) -> ShardFolder:
    folder = ShardFolder(path, DATA_SET)
    folder.add(TWO, b"two")
    folder.add(ONE, b"one")
    return folder


def test_added_shards_are_there_for_the_next_command(tmp_path: Path) -> None:
    filled(tmp_path / "out")
    again = ShardFolder(tmp_path / "out", DATA_SET)
    assert [again.has(name) for name in (ONE, TWO, "train-00002-of-00002.parquet")] == [True, True, False]


def test_closed_folder_has_checksums_in_order(tmp_path: Path) -> None:
    assert filled(tmp_path).close([ONE, TWO]) == 6
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for content, name in ((b"one", ONE), (b"two", TWO))]
    assert (tmp_path / CHECKSUMS).read_text() == "".join(lines)
    assert {each.name for each in tmp_path.iterdir()} == {ONE, TWO, CHECKSUMS, DESCRIPTION}


@pytest.mark.parametrize("content", [b"", b"on", b"onE", None])
def test_incomplete_shard_is_missing(tmp_path: Path, content: bytes | None) -> None:
    filled(tmp_path)
    (tmp_path / ONE).unlink()
    if content is not None:
        (tmp_path / ONE).write_bytes(content)
    again = ShardFolder(tmp_path, DATA_SET)
    assert (again.has(ONE), again.has(TWO)) == (False, True)


def test_shard_whose_checksum_was_cut_off_is_missing(tmp_path: Path) -> None:
    filled(tmp_path)
    sums = (tmp_path / CHECKSUMS).read_text()
    (tmp_path / CHECKSUMS).write_text(sums[:-9])
    again = ShardFolder(tmp_path, DATA_SET)
    assert (again.has(ONE), again.has(TWO)) == (False, True)
    again.add(ONE, b"one")
    assert ShardFolder(tmp_path, DATA_SET).has(ONE)


def test_temporary_files_of_killed_commands_are_removed(tmp_path: Path) -> None:
    filled(tmp_path)
    left = tmp_path / f".{ONE}.0123abcd"
    left.write_bytes(b"o")
    ShardFolder(tmp_path, DATA_SET)
    assert not left.exists()


def test_folder_of_a_different_data_set_is_refused_with_the_difference(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(CannotWrite, match="contains a different data set: seed is 0, not 5"):
        ShardFolder(tmp_path, DATA_SET | {"seed": 5})


@pytest.mark.parametrize("description", [None, b"", b"[]", b"{}", b"\xff", b"[" * 9999, b"9" * 5000, b" " * 2**17])
def test_folder_with_other_contents_is_refused_and_not_changed(tmp_path: Path, description: bytes | None) -> None:
    (tmp_path / ".mine.0123abcd").write_bytes(b"mine")
    if description is not None:
        (tmp_path / DESCRIPTION).write_bytes(description)
    with pytest.raises(CannotWrite):
        ShardFolder(tmp_path, DATA_SET)
    assert (tmp_path / ".mine.0123abcd").exists()


def test_refusal_of_a_huge_description_is_short(tmp_path: Path) -> None:
    names = {f"{number}{'x' * 1000}": "y" * 1000 for number in range(20)}
    (tmp_path / DESCRIPTION).write_text(json.dumps(names | {"seed": 0}))
    with pytest.raises(CannotWrite, match="count is None, not 20") as refused:
        ShardFolder(tmp_path, DATA_SET)
    assert len(str(refused.value)) < 4000


def test_checksums_that_are_not_text_count_for_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / CHECKSUMS).write_bytes(b"\xff\0\n" + (tmp_path / CHECKSUMS).read_bytes())
    assert ShardFolder(tmp_path, DATA_SET).has(ONE)


def test_huge_checksums_are_refused_unread(tmp_path: Path) -> None:
    filled(tmp_path)
    os.truncate(tmp_path / CHECKSUMS, 2**40)
    with pytest.raises(CannotWrite, match=f"{CHECKSUMS} does not list the shards of a data set: has 1,099,511,627,776"):
        ShardFolder(tmp_path, DATA_SET)


def test_pipe_in_place_of_a_shard_is_not_read(tmp_path: Path) -> None:
    folder = filled(tmp_path)
    (tmp_path / ONE).unlink()
    os.mkfifo(tmp_path / ONE)
    assert not folder.has(ONE)


def test_file_and_path_without_parent_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, why in ((tmp_path / "file", "is a file"), (tmp_path / "no" / "folder", "does not exist")):
        with pytest.raises(CannotWrite, match=why):
            ShardFolder(path, DATA_SET)
