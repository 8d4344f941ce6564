import threading
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.disks import full_disk
from training import checkpoints
from training.errors import RunRefused


def test_last_two_are_kept(tmp_path: Path) -> None:
    for iteration in (5, 90, 100, 1000):
        checkpoints.save({"iteration": iteration}, tmp_path, iteration)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["00000100.pt", "00001000.pt"]
    assert checkpoints.latest(tmp_path) == {"iteration": 1000}


def test_latest_skips_a_damaged_newest_checkpoint(tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1, "weight": torch.ones(100)}, tmp_path, 1)
    newest = checkpoints.save({"iteration": 2, "weight": torch.zeros(100)}, tmp_path, 2)
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


@pytest.mark.parametrize("state", [[1, 2], {}, {"iteration": "7"}, torch.ones(3)])
def test_read_refuses_what_is_not_a_state(state: Any, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "1.pt")
    assert checkpoints.read(tmp_path / "1.pt") is None


def test_read_refuses_a_compressed_file_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "1.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1/data.pkl", bytes(2**24))
    tracemalloc.start()
    assert checkpoints.read(tmp_path / "1.pt") is None
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


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


def test_full_disk_leaves_the_old_checkpoint_alone(tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1}, tmp_path, 1)
    with full_disk(100_000), pytest.raises(OSError, match="File too large") as refused:
        checkpoints.save({"iteration": 2, "weight": torch.ones(100_000)}, tmp_path, 2)
    assert refused.value.filename == str(tmp_path / "00000002.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["00000001.pt"]
