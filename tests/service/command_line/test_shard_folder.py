"""Knows what a folder of shards keeps, through deaths at any moment. Does not know what shards hold."""

import hashlib
from pathlib import Path

import pytest

from digitgan.cli.outputs import CannotWrite
from service.command_line.shard_folder import CHECKSUMS, DESCRIPTION, ShardFolder

WHAT = {"seed": 0, "count": 20}
ONE, TWO = "train-00000-of-00002.parquet", "train-00001-of-00002.parquet"


def filled(path: Path) -> ShardFolder:
    folder = ShardFolder(path, WHAT)
    folder.keep(TWO, b"two")
    folder.keep(ONE, b"one")
    return folder


def test_what_was_kept_is_there_for_the_next_run(tmp_path: Path) -> None:
    filled(tmp_path / "out")
    again = ShardFolder(tmp_path / "out", WHAT)
    assert [again.has(name) for name in (ONE, TWO, "train-00002-of-00002.parquet")] == [True, True, False]


def test_a_full_folder_has_sums_in_order_whatever_the_order_of_shards(tmp_path: Path) -> None:
    assert filled(tmp_path).close([ONE, TWO]) == 6
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for content, name in ((b"one", ONE), (b"two", TWO))]
    assert (tmp_path / CHECKSUMS).read_text() == "".join(lines)
    assert {each.name for each in tmp_path.iterdir()} == {ONE, TWO, CHECKSUMS, DESCRIPTION}


@pytest.mark.parametrize("content", [b"", b"on", b"onE", None])
def test_a_shard_that_is_not_whole_is_not_there(tmp_path: Path, content: bytes | None) -> None:
    filled(tmp_path)
    (tmp_path / ONE).unlink()
    if content is not None:
        (tmp_path / ONE).write_bytes(content)
    again = ShardFolder(tmp_path, WHAT)
    assert (again.has(ONE), again.has(TWO)) == (False, True)


def test_a_shard_whose_sum_was_cut_off_is_made_again(tmp_path: Path) -> None:
    filled(tmp_path)
    sums = (tmp_path / CHECKSUMS).read_text()
    (tmp_path / CHECKSUMS).write_text(sums[:-9])
    again = ShardFolder(tmp_path, WHAT)
    assert (again.has(ONE), again.has(TWO)) == (False, True)
    again.keep(ONE, b"one")
    assert ShardFolder(tmp_path, WHAT).has(ONE)


def test_what_a_killed_run_had_not_renamed_is_removed(tmp_path: Path) -> None:
    filled(tmp_path)
    left = tmp_path / f".{ONE}.0123abcd"
    left.write_bytes(b"o")
    ShardFolder(tmp_path, WHAT)
    assert not left.exists()


def test_a_folder_of_another_data_set_is_refused_and_the_difference_named(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(CannotWrite, match="is of another data set: seed is 0 there and 5 here"):
        ShardFolder(tmp_path, WHAT | {"seed": 5})


@pytest.mark.parametrize("description", [None, b"", b"[]", b"{}"])
def test_a_folder_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, description: bytes | None) -> None:
    (tmp_path / ".mine.0123abcd").write_bytes(b"mine")
    if description is not None:
        (tmp_path / DESCRIPTION).write_bytes(description)
    with pytest.raises(CannotWrite):
        ShardFolder(tmp_path, WHAT)
    assert (tmp_path / ".mine.0123abcd").exists()


def test_a_file_and_a_folder_in_no_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, why in ((tmp_path / "file", "is a file"), (tmp_path / "no" / "folder", "there is no folder")):
        with pytest.raises(CannotWrite, match=why):
            ShardFolder(path, WHAT)
