import threading
from pathlib import Path

import pytest
import torch

from training import checkpoints
from training.errors import RunRefused


def test_last_two_are_kept(tmp_path: Path) -> None:
    for iteration in (5, 90, 100, 1000):
        checkpoints.save({"iteration": iteration}, tmp_path, iteration)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["00000100.pt", "00001000.pt"]
    assert checkpoints.latest(tmp_path) == {"iteration": 1000}


def test_latest_skips_a_damaged_newest_checkpoint(tmp_path: Path) -> None:
    checkpoints.save({"weight": torch.ones(100)}, tmp_path, 1)
    newest = checkpoints.save({"weight": torch.zeros(100)}, tmp_path, 2)
    newest.write_bytes(newest.read_bytes()[:200])
    saved = checkpoints.latest(tmp_path)
    assert saved is not None
    assert saved["weight"].sum() == 100


@pytest.mark.parametrize("content", [b"a page of a router's login\n" * 100, bytes(5000)])
def test_latest_skips_a_file_that_is_not_a_checkpoint(content: bytes, tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1}, tmp_path, 1)
    (tmp_path / "00000002.pt").write_bytes(content)
    assert checkpoints.latest(tmp_path) == {"iteration": 1}


def test_read_detects_a_single_flipped_bit(tmp_path: Path) -> None:
    path = checkpoints.save({"weight": torch.ones(1000)}, tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[content.index(torch.ones(1000).numpy().tobytes()) + 2000] ^= 1
    path.write_bytes(content)
    assert checkpoints.read(path) is None


def test_latest_refuses_when_all_checkpoints_are_damaged(tmp_path: Path) -> None:
    (tmp_path / "00000001.pt").write_bytes(b"")
    with pytest.raises(RunRefused, match=r"none of the checkpoints is readable: 00000001.pt"):
        checkpoints.latest(tmp_path)


def test_latest_is_none_without_checkpoints(tmp_path: Path) -> None:
    assert checkpoints.latest(tmp_path / "never made") is None


def test_failed_write_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1}, tmp_path, 1)
    with pytest.raises(TypeError, match="cannot pickle"):
        checkpoints.save({"iteration": 2, "lock": threading.Lock()}, tmp_path, 2)
    assert checkpoints.latest(tmp_path) == {"iteration": 1}
