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


def test_damaged_newest_gives_way_to_the_one_before(tmp_path: Path) -> None:
    checkpoints.save({"weight": torch.ones(100)}, tmp_path, 1)
    newest = checkpoints.save({"weight": torch.zeros(100)}, tmp_path, 2)
    newest.write_bytes(newest.read_bytes()[:200])
    saved = checkpoints.latest(tmp_path)
    assert saved is not None
    assert saved["weight"].sum() == 100


@pytest.mark.parametrize("content", [b"a page of a router's login\n" * 100, bytes(5000)])
def test_what_is_no_checkpoint_at_all_gives_way_too(content: bytes, tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1}, tmp_path, 1)
    (tmp_path / "00000002.pt").write_bytes(content)
    assert checkpoints.latest(tmp_path) == {"iteration": 1}


def test_a_single_bit_that_fell_over_in_a_weight_is_noticed(tmp_path: Path) -> None:
    path = checkpoints.save({"weight": torch.ones(1000)}, tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[content.index(torch.ones(1000).numpy().tobytes()) + 2000] ^= 1
    path.write_bytes(content)
    assert checkpoints.read(path) is None


def test_nothing_but_damaged_ones_is_refused(tmp_path: Path) -> None:
    (tmp_path / "00000001.pt").write_bytes(b"")
    with pytest.raises(RunRefused, match=r"none of the checkpoints is readable: 00000001.pt"):
        checkpoints.latest(tmp_path)


def test_no_checkpoint_is_no_error(tmp_path: Path) -> None:
    assert checkpoints.latest(tmp_path / "never made") is None


def test_process_that_dies_while_writing_leaves_the_old_one(tmp_path: Path) -> None:
    checkpoints.save({"iteration": 1}, tmp_path, 1)
    with pytest.raises(TypeError, match="cannot pickle"):
        checkpoints.save({"iteration": 2, "lock": threading.Lock()}, tmp_path, 2)
    assert checkpoints.latest(tmp_path) == {"iteration": 1}
