"""A folder of shards survives commands that are killed at any moment, and refuses other contents."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digitgan.dataset.folder import CHECKSUMS, DESCRIPTION, SELECTED, ShardFolder
from digitgan.dataset.store import LocalStore, RemoteStore, Store
from digitgan.engine.selection import Tally
from digitgan.formats.outputs import CannotWrite

DATA_SET = {"seed": 0, "count": 20}
ONE, TWO = "train-00000-of-00002.parquet", "train-00001-of-00002.parquet"
SIZES = {ONE: 3, TWO: 3}


def remote(path: Path) -> RemoteStore:
    """Return a folder of this machine by way of pyarrow."""
    fs = pytest.importorskip("pyarrow.fs")
    return RemoteStore(fs.LocalFileSystem(), str(path), name=str(path), address=str(path))


@pytest.fixture(params=[LocalStore, remote])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Return what opens the same store each time."""
    return lambda: request.param(tmp_path / "out")


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def filled(store: Store) -> ShardFolder:
    folder = ShardFolder(store, DATA_SET)
    folder.add(TWO, sum_of(b"two"), b"two")
    folder.add(ONE, sum_of(b"one"), b"one")
    return folder


def test_added_shards_are_there_for_the_next_command(store: Callable[[], Store]) -> None:
    filled(store())
    again = ShardFolder(store(), DATA_SET)
    assert [again.has(name, 3) for name in (ONE, TWO, "train-00002-of-00002.parquet")] == [True, True, False]


def test_shard_that_is_in_the_store_already_is_only_recorded(store: Callable[[], Store]) -> None:
    folder, elsewhere = ShardFolder(store(), DATA_SET), store()
    elsewhere.write(ONE, b"one")
    folder.add(ONE, sum_of(b"one"), None)
    assert ShardFolder(store(), DATA_SET).has(ONE, 3)


def test_closed_folder_has_checksums_in_order(store: Callable[[], Store], tmp_path: Path) -> None:
    filled(store()).close(SIZES)
    lines = [f"{sum_of(content)}  {name}\n" for content, name in ((b"one", ONE), (b"two", TWO))]
    assert (tmp_path / "out" / CHECKSUMS).read_text() == "".join(lines)
    assert {each.name for each in (tmp_path / "out").iterdir()} == {ONE, TWO, CHECKSUMS, DESCRIPTION}


def test_folder_that_has_lost_a_shard_is_not_closed(store: Callable[[], Store], tmp_path: Path) -> None:
    folder = filled(store())
    (tmp_path / "out" / TWO).unlink()
    with pytest.raises(OSError, match=f"missing or of another size since it was written: {TWO}:"):
        folder.close(SIZES)


@pytest.mark.parametrize("content", [b"", b"on", b"onEE", None])
def test_incomplete_shard_is_missing(store: Callable[[], Store], tmp_path: Path, content: bytes | None) -> None:
    filled(store())
    (tmp_path / "out" / ONE).unlink()
    if content is not None:
        (tmp_path / "out" / ONE).write_bytes(content)
    again = ShardFolder(store(), DATA_SET)
    assert (again.has(ONE, 3), again.has(TWO, 3)) == (False, True)


def test_local_shard_with_other_bytes_of_the_same_size_is_missing(tmp_path: Path) -> None:
    filled(LocalStore(tmp_path))
    (tmp_path / ONE).write_bytes(b"onE")
    again = ShardFolder(LocalStore(tmp_path), DATA_SET)
    assert (again.has(ONE, 3), again.has(TWO, 3)) == (False, True)


def test_shard_whose_checksum_was_cut_off_is_missing(store: Callable[[], Store], tmp_path: Path) -> None:
    filled(store())
    sums = (tmp_path / "out" / CHECKSUMS).read_text()
    (tmp_path / "out" / CHECKSUMS).write_text(sums[:-9])
    again = ShardFolder(store(), DATA_SET)
    assert (again.has(ONE, 3), again.has(TWO, 3)) == (False, True)
    again.add(ONE, sum_of(b"one"), b"one")
    assert ShardFolder(store(), DATA_SET).has(ONE, 3)


def test_temporary_files_of_killed_commands_are_removed(store: Callable[[], Store], tmp_path: Path) -> None:
    filled(store())
    left = tmp_path / "out" / f".{ONE}.0123abcd"
    left.write_bytes(b"o")
    ShardFolder(store(), DATA_SET)
    assert not left.exists()


def test_folder_of_a_different_data_set_is_refused_with_the_difference(store: Callable[[], Store]) -> None:
    filled(store())
    with pytest.raises(CannotWrite, match="contains a different data set: seed is 0, not 5"):
        ShardFolder(store(), DATA_SET | {"seed": 5})


@pytest.mark.parametrize("description", [None, b"", b"[]", b"{}", b"\xff", b"[" * 9999, b"9" * 5000, b" " * 2**17])
def test_folder_with_other_contents_is_refused_and_not_changed(
    store: Callable[[], Store], tmp_path: Path, description: bytes | None
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".mine.0123abcd").write_bytes(b"mine")
    if description is not None:
        (tmp_path / "out" / DESCRIPTION).write_bytes(description)
    with pytest.raises(CannotWrite):
        ShardFolder(store(), DATA_SET)
    assert (tmp_path / "out" / ".mine.0123abcd").exists()


def test_refusal_of_a_huge_description_is_short(tmp_path: Path) -> None:
    names = {f"{number}{'x' * 1000}": "y" * 1000 for number in range(20)}
    (tmp_path / DESCRIPTION).write_text(json.dumps(names | {"seed": 0}))
    with pytest.raises(CannotWrite, match="count is None, not 20") as refused:
        ShardFolder(LocalStore(tmp_path), DATA_SET)
    assert len(str(refused.value)) < 4000


def test_checksums_that_are_not_text_count_for_nothing(store: Callable[[], Store], tmp_path: Path) -> None:
    filled(store())
    sums = tmp_path / "out" / CHECKSUMS
    sums.write_bytes(b"\xff\0\n" + sums.read_bytes())
    assert ShardFolder(store(), DATA_SET).has(ONE, 3)


def test_huge_checksums_are_refused_unread(tmp_path: Path) -> None:
    filled(LocalStore(tmp_path))
    os.truncate(tmp_path / CHECKSUMS, 2**40)
    with pytest.raises(CannotWrite, match=f"{CHECKSUMS} does not list the shards of a data set: has 1,099,511,627,776"):
        ShardFolder(LocalStore(tmp_path), DATA_SET)


def test_pipe_in_place_of_a_shard_is_not_read(tmp_path: Path) -> None:
    filled(LocalStore(tmp_path))
    (tmp_path / ONE).unlink()
    os.mkfifo(tmp_path / ONE)
    assert not ShardFolder(LocalStore(tmp_path), DATA_SET).has(ONE, 0)


def test_file_and_path_without_parent_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, why in ((tmp_path / "file", "is a file"), (tmp_path / "no" / "folder", "does not exist")):
        with pytest.raises(CannotWrite, match=why):
            ShardFolder(LocalStore(path), DATA_SET)


def test_choices_are_kept_in_order_for_the_next_command(store: Callable[[], Store], tmp_path: Path) -> None:
    folder = ShardFolder(store(), DATA_SET, is_selected=True)
    folder.add(TWO, sum_of(b"two"), b"two", Tally(10, 3, 1, 20))
    folder.add(ONE, sum_of(b"one"), b"one", Tally(10, 4, 2, 20))
    again = ShardFolder(store(), DATA_SET, is_selected=True)
    assert again.has(ONE, 3)
    assert again.has(TWO, 3)
    assert again.tally == Tally(20, 7, 3, 40)
    again.close(SIZES)
    lines = (tmp_path / "out" / SELECTED).read_text().splitlines()
    assert [json.loads(line)["file"] for line in lines] == [ONE, TWO]
    assert json.loads(lines[0]) == {"file": ONE, "images": 10, "later": 4, "refused": 2, "candidates": 20}


def test_shard_whose_choices_are_not_recorded_is_made_again(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "out")
    folder = ShardFolder(store, DATA_SET, is_selected=True)
    folder.add(ONE, sum_of(b"one"), b"one", Tally(10, 4, 2, 20))
    path = tmp_path / "out" / SELECTED
    path.write_text(path.read_text()[:-5])  # cut off
    again = ShardFolder(store, DATA_SET, is_selected=True)
    assert not again.has(ONE, 3)
    again.add(ONE, sum_of(b"one"), b"one", Tally(10, 4, 2, 20))
    assert ShardFolder(store, DATA_SET, is_selected=True).has(ONE, 3)
