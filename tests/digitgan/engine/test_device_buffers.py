"""Runs in fixed buffers give what runs without them give, on each execution provider that this onnxruntime has."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.contract.card import Card, read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import ProviderName
from digitgan.engine.device_buffers import DeviceBuffers, padded
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.providers import installed_providers, open_session

PROVIDERS: list[tuple[ProviderName, str, str]] = [
    ("cpu", "CPUExecutionProvider", "cpu"),
    ("openvino", "OpenVINOExecutionProvider", "cpu"),
    ("cuda", "CUDAExecutionProvider", "cuda"),
]


class Opened:
    """A committed model in buffers of a device."""

    def __init__(self, folder: Path, provider: ProviderName, device: str) -> None:
        self.card: Card = read_card(folder)
        self.session = open_session(read_model_file(folder, self.card), provider, 1)
        self.outputs = ["image", "class"] if self.card.is_conditional else ["image"]
        self.buffers = DeviceBuffers(self.session, self.outputs, device)

    def feeds(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        n = stop - start
        feeds: dict[str, NDArray[Any]] = {
            "latent": seeds_to_latents(range(start, stop), self.card.latent_size),
            "truncation": np.linspace(1, 0.5, n, dtype=np.float32),
        }
        if self.card.is_conditional:
            feeds["label"] = np.arange(start, stop) % (self.card.n_classes + 1) + OWN_CLASS
        return feeds


@pytest.fixture(scope="module", params=PROVIDERS, ids=[name for name, _, _ in PROVIDERS])
def provider(request: pytest.FixtureRequest) -> tuple[ProviderName, str]:
    name, full_name, device = request.param
    if full_name not in installed_providers():
        pytest.skip(f"this onnxruntime has no {full_name}")
    return name, device


@pytest.fixture(scope="module", params=["digits", "mlp"])
def opened(request: pytest.FixtureRequest, models_dir: Path, provider: tuple[ProviderName, str]) -> Opened:
    return Opened(models_dir / request.param / "1", *provider)


def test_buffered_run_gives_what_a_run_gives(opened: Opened) -> None:
    for n in (1, 2, 3, 5, 8, 33, 64, 65):
        feeds = opened.feeds(100 * n, 100 * n + n)
        for given, expected in zip(opened.buffers.run(feeds), opened.session.run(opened.outputs, feeds), strict=True):
            assert given.dtype == expected.dtype and given.shape == expected.shape
            assert np.abs(given.astype(int) - expected).max() <= 1  # kernels for more rows may round otherwise


def test_buffered_rows_do_not_depend_on_those_of_an_earlier_run(opened: Opened) -> None:
    feeds = opened.feeds(0, 5)
    first = opened.buffers.run(feeds)
    opened.buffers.run(opened.feeds(50, 58))
    for before, after in zip(first, opened.buffers.run(feeds), strict=True):
        assert np.array_equal(before, after)


def test_images_of_a_buffered_run_outlast_the_next_run(opened: Opened) -> None:
    images = opened.buffers.run(opened.feeds(0, 8))[0]
    kept = images.copy()
    opened.buffers.run(opened.feeds(20, 28))
    assert np.array_equal(images, kept)


def test_buffers_exist_for_powers_of_two_only() -> None:
    assert [padded(n) for n in (1, 2, 3, 4, 5, 33, 64, 65, 4096)] == [1, 2, 4, 4, 8, 64, 64, 128, 4096]
