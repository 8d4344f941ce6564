"""A training on several processes, whose loaders have workers, on one data set at an address."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.loaders.conftest import COUNT
from tests.processes import PATIENCE_S, ROOT

pytestmark = pytest.mark.slow

RANKS = 2
PROGRAM = """
import sys
import numpy as np
import torch.distributed
from torch.utils.data import DataLoader
import digitgan
address, store, rank, ranks, file = sys.argv[1:]
torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=int(rank), world_size=int(ranks))
stream = digitgan.stream(address, block=170, shuffle=1)
images, labels = zip(*DataLoader(stream, 50, num_workers=2, multiprocessing_context="fork"))
assert len(stream) == sum(map(len, labels))
np.savez(file, images=np.concatenate(images), labels=np.concatenate(labels))
torch.distributed.destroy_process_group()
"""


def test_processes_and_their_workers_share_the_images_equally(
    address: str, images: NDArray[np.uint8], tmp_path: Path
) -> None:
    files = [tmp_path / f"{rank}.npz" for rank in range(RANKS)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, address, str(tmp_path / "store"), str(rank), str(RANKS), str(file)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, file in enumerate(files)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
    items: Counter[tuple[bytes, int]] = Counter()
    for file in files:
        with np.load(file) as read:
            assert len(read["labels"]) == COUNT // RANKS
            items.update((image.tobytes(), int(label)) for image, label in zip(*read.values(), strict=True))
    assert items == Counter((image.tobytes(), i % 10) for i, image in enumerate(images))
