"""When a change of the file of keys counts."""

import logging
from pathlib import Path

import pytest

from service.access import key_ring
from service.access.key_file import KeysUnusable, add_key, read_keys, remove_key
from service.access.key_ring import KeyRing
from tests.processes import without_descriptors


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_only_keys_of_the_file_have_a_holder(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    key = add_key(path, "shop")
    ring = KeyRing(path, clock)
    assert ring.holder(key) == "shop"
    for other in ("", "none", key + "x", key[:-1], key.upper(), add_key(tmp_path / "others.json", "shop")):
        assert ring.holder(other) is None


def test_change_counts_after_a_second(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    old = add_key(path, "old")
    ring = KeyRing(path, clock)
    new = add_key(path, "new")
    remove_key(path, "old")
    clock.now += 0.9
    assert (ring.holder(old), ring.holder(new)) == ("old", None)
    clock.now += 0.2
    assert (ring.holder(old), ring.holder(new)) == (None, "new")


@pytest.mark.parametrize("change", ["gone", "broken"])
def test_unusable_file_changes_nothing_and_is_logged_once(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, change: str
) -> None:
    path = tmp_path / "keys.json"
    key = add_key(path, "shop")
    ring = KeyRing(path, clock)
    path.unlink()
    if change == "broken":
        path.write_text("{")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            clock.now += 2
            assert ring.holder(key) == "shop"
    [record] = caplog.records
    assert "the keys read before stay valid" in record.getMessage()
    assert key not in record.getMessage()


def test_removed_key_ends_although_the_file_was_unreadable_for_a_moment(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    key = add_key(path, "shop")
    ring = KeyRing(path, clock)
    remove_key(path, "shop")
    clock.now += 2
    with without_descriptors():
        assert ring.holder(key) == "shop"
    clock.now += 2
    assert ring.holder(key) is None


def test_invalid_file_is_read_once(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    key = add_key(path, "shop")
    ring = KeyRing(path, clock)
    path.write_text("{")
    reads: list[Path] = []
    monkeypatch.setattr(key_ring, "read_keys", lambda each: reads.append(each) or read_keys(each))  # type: ignore[func-returns-value]
    for _ in range(3):
        clock.now += 2
        assert ring.holder(key) == "shop"
    assert len(reads) == 1


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="cannot be read: No such file"):
        KeyRing(tmp_path / "keys.json")
