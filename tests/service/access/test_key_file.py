"""The file of keys is whole at any time, and only its owner can read it."""

import os
import resource
from pathlib import Path

import pytest

from service.access.key_file import KeysUnusable, add_key, read_keys, remove_key


def test_keys_are_added_and_removed_by_name(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first, second = add_key(path, "first"), add_key(path, "second")
    assert [record.name for record in read_keys(path)] == ["first", "second"]
    assert [record.matches(key) for record, key in zip(read_keys(path), (first, second), strict=True)] == [True, True]
    remove_key(path, "first")
    assert [record.name for record in read_keys(path)] == ["second"]


def test_file_is_readable_by_its_owner_only_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    before = os.umask(0)
    try:
        add_key(path, "first")
        add_key(path, "second")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_changed_file_keeps_its_owner_and_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "keys.json", tmp_path / "link.json"
    add_key(path, "first")
    link.symlink_to(path.name)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65533)
    before = path.stat()
    for change in (add_key, remove_key):
        change(link, "second")
        after = path.stat()
        assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert link.is_symlink()
    assert [record.name for record in read_keys(path)] == ["first"]


def test_file_does_not_hold_the_key_itself(tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "shop")
    assert key not in (tmp_path / "keys.json").read_text()


def test_add_key_refuses_a_taken_name(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "shop")
    with pytest.raises(KeysUnusable, match="already has a key 'shop'"):
        add_key(tmp_path / "keys.json", "shop")


def test_remove_key_refuses_an_unknown_name(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "shop")
    with pytest.raises(KeysUnusable, match="has no key 'shops'; existing keys: shop"):
        remove_key(tmp_path / "keys.json", "shops")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "not JSON", '{"keys": [{"name": "a"}]}', '{"keys": [], "more": 1}']
)
def test_invalid_file_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(KeysUnusable, match=r"keys\.json is invalid: "):
        read_keys(path)
    with pytest.raises(KeysUnusable):
        add_key(path, "shop")
    assert path.read_text() == content


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="cannot be written: No such file"):
        add_key(tmp_path / "nowhere" / "keys.json", "shop")


def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys.json")
    with pytest.raises(KeysUnusable, match=r"keys\.json is not a regular file"):
        read_keys(tmp_path / "keys.json")


def test_too_large_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "keys.json").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(KeysUnusable, match="has 1,099,511,627,776 bytes; at most 33,554,432 are allowed"):
        read_keys(tmp_path / "keys.json")


def test_file_is_unchanged_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key = add_key(path, "first")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(KeysUnusable, match=r"cannot be written: File too large"):
            add_key(path, "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    [record] = read_keys(path)
    assert record.matches(key)
    assert list(tmp_path.iterdir()) == [path]
