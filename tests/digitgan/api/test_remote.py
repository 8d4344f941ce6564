"""Data sets at addresses: what is read, in which order, who shares it, and what ends it."""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

import digitgan
from digitgan.api.ranges import FileChanged
from tests.processes import ROOT
from tests.recorder import Recorder, recording

N, BLOCK = 1030, 100  # blocks of which the last is shorter
SPEC = f"model-digits-small,version-1,count-{N},seed-0"


@pytest.fixture(scope="module")
def proxy(service: httpx.Client) -> Iterator[Recorder]:
    with recording(str(service.base_url)) as recorder:
        yield recorder


@pytest.fixture(scope="module")
def expected() -> list[tuple[bytes, int]]:
    return [_plain(item) for item in digitgan.Digits(N, model="digits-small", threads=1)]


@pytest.fixture
def address(proxy: Recorder) -> str:
    proxy.clear()
    return f"{proxy.url}/datasets/{SPEC}/"


def _plain(item: tuple[Any, Any]) -> tuple[bytes, int]:
    image, label = item
    return np.asarray(image).tobytes(), int(label)


def test_stream_has_the_items_of_the_data_set_in_order(address: str, expected: list[Any]) -> None:
    stream = digitgan.stream(address, block=BLOCK)
    assert isinstance(stream, IterableDataset)
    assert isinstance(stream, digitgan.RemoteStream)
    assert len(stream) == N
    items = list(stream)
    assert items[0][0].shape == (28, 28)
    assert [_plain(item) for item in items] == expected
    assert repr(stream) == f"<RemoteStream of {address}train-images-idx3-ubyte: 1,030>"


def test_stream_reads_only_the_blocks_that_are_used(address: str, proxy: Recorder) -> None:
    image, _ = next(iter(digitgan.stream(address, block=BLOCK, shuffle=3)))
    assert image.shape == (28, 28)
    assert proxy.n_bytes == 2 + 16 + 8 + BLOCK * (28 * 28 + 1)
    assert {each.status for each in proxy.exchanges} == {206}


def test_seed_and_epoch_decide_the_order(address: str, expected: list[Any]) -> None:
    stream = digitgan.stream(address, block=BLOCK, shuffle=1)
    first, again = ([_plain(item) for item in stream] for _ in range(2))
    assert first == again != expected
    assert Counter(first) == Counter(expected)
    stream.set_epoch(1)
    second = [_plain(item) for item in stream]
    other = [_plain(item) for item in digitgan.stream(address, block=BLOCK, shuffle=2)]
    assert len({tuple(each) for each in (first, second, other)}) == 3
    assert Counter(second) == Counter(expected)
    frozen = [385, 331, 361, 311, 366]  # so a training can be repeated with any version of NumPy
    assert [expected.index(item) for item in first[:5]] == frozen


def test_images_to_test_with_are_the_other_part(address: str) -> None:
    stream = digitgan.stream(address, part="t10k", target_transform=str)
    assert [label for _, label in stream] == [str(i % 10) for i in range(N // 6)]


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # the service is a thread
@pytest.mark.parametrize("persistent", [False, True])
def test_workers_share_the_items_and_see_the_epoch(address: str, expected: list[Any], persistent: bool) -> None:
    stream = digitgan.stream(address, block=BLOCK, shuffle=1, transform=torch.from_numpy)
    loader = DataLoader(
        stream, batch_size=64, num_workers=2, persistent_workers=persistent, multiprocessing_context="fork"
    )
    orders = []
    for epoch in range(2):
        stream.set_epoch(epoch)
        orders.append([_plain(item) for images, labels in loader for item in zip(images, labels, strict=True)])
        assert Counter(orders[-1]) == Counter(expected)
    assert orders[0] != orders[1]


def test_stream_travels_to_other_processes(address: str, expected: list[Any]) -> None:
    stream = pickle.loads(pickle.dumps(digitgan.stream(address, block=BLOCK)))
    assert isinstance(stream, IterableDataset)
    assert [_plain(item) for item in stream] == expected


def test_stream_goes_on_after_a_broken_connection_and_ends_at_another_version(
    address: str, proxy: Recorder, expected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = digitgan.stream(address, block=BLOCK)
    proxy.cuts = [50_000]
    assert [_plain(item) for item in stream] == expected
    started = iter(stream)
    next(started)
    monkeypatch.setattr(proxy, "instead", {"seed-0": "seed-1"})
    with pytest.raises(FileChanged, match="has changed"):
        list(started)


def test_stream_refuses_what_is_no_data_set(address: str, monkeypatch: pytest.MonkeyPatch, proxy: Recorder) -> None:
    for wrong, message in (
        ({"part": "test"}, "part: 'test'; allowed: train, t10k"),
        ({"block": 0}, "block: 0; must be at least 1"),
        ({"shuffle": -1}, r"shuffle: -1; must be 0 to 2\*\*64 - 1"),
    ):
        with pytest.raises(ValueError, match=message):
            digitgan.stream(address, **wrong)
    with pytest.raises(ValueError, match="block: 20; must be at least 25 for 100,000,000 images"):
        digitgan.stream(address.replace(str(N), "100000000"), block=20)
    monkeypatch.setattr(proxy, "instead", {"train-images": "t10k-images"})
    with pytest.raises(OSError, match="has another number of labels"):
        digitgan.stream(address)
    monkeypatch.setattr(proxy, "instead", {"train-images-idx3-ubyte": "data.parquet"})
    with pytest.raises(OSError, match="is no IDX file of images"):
        digitgan.stream(address)


def test_stream_needs_neither_pytorch_nor_a_runtime(address: str) -> None:
    program = f"""
import sys

class Without:
    def find_spec(name, *_):
        if name in ("torch", "onnxruntime"):
            raise ModuleNotFoundError(f"no {{name}}", name=name)

sys.meta_path.insert(0, Without)
import digitgan
stream = digitgan.stream({address!r}, shuffle=1)
assert type(stream) is digitgan.RemoteStream
print(len([label for _, label in stream]))
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == (f"{N}\n", 0), ended.stderr
