"""Which execution provider a session runs on, for each name that may be requested."""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.errors import ModelRefused, ProviderInactive
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine import providers
from digitgan.engine.backend import ProviderName, Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.providers import device_of, nodes_by_provider, open_session
from digitgan.engine.repository import Repository
from digitgan.engine.runtime import onnxruntime
from tests.graphs import a_graph


@pytest.mark.parametrize("provider", ["auto", "cpu"])
def test_session_runs_on_the_requested_provider(provider: ProviderName) -> None:
    active = open_session(a_graph(), provider, 1).get_providers()[0]
    assert active == "CPUExecutionProvider" or provider == "auto"


@pytest.mark.parametrize(
    ("provider", "full_name"),
    [
        ("cuda", "CUDAExecutionProvider"),
        ("tensorrt", "TensorrtExecutionProvider"),
        ("openvino", "OpenVINOExecutionProvider"),
    ],
)
def test_named_provider_that_is_not_installed_is_an_error(provider: ProviderName, full_name: str) -> None:
    if full_name in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has {full_name}")
    with pytest.raises(ProviderInactive, match=f"'{provider}' is not installed; .* has .*CPUExecutionProvider"):
        open_session(a_graph(), provider, 1)


@pytest.mark.parametrize("content", [b"", b"not a model", a_graph()[:-20]])
def test_content_that_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused, match="onnxruntime cannot load the model"):
        open_session(content, "cpu", 1)


def test_session_keeps_no_copy_of_the_file() -> None:
    content = a_graph() + b""
    before = sys.getrefcount(content)
    session = open_session(content, "cpu", 1)
    assert sys.getrefcount(content) == before
    assert session.get_inputs()


def test_nodes_by_provider_counts_the_nodes_of_the_graph(models_dir: Path) -> None:
    content = (models_dir / "digits" / "1" / "model.onnx").read_bytes()
    nodes = nodes_by_provider(open_session(content, "cpu", 1))
    assert set(nodes) == {"CPUExecutionProvider"}
    assert nodes["CPUExecutionProvider"] > 10


def test_processor_is_no_device_with_buffers_of_its_own() -> None:
    assert device_of(open_session(a_graph(), "cpu", 1)) is None


def test_auto_skips_and_logs_a_provider_that_does_not_become_active(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    installed = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    monkeypatch.setattr(
        providers, "installed_providers", lambda: installed
    )  # like a CUDA wheel on a machine without a GPU
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        session = open_session(a_graph(), "auto", 1)
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert "provider cuda is installed but not usable: provider 'cuda' did not become active" in caplog.text


def test_cuda_images_are_within_one_grey_level_of_cpu_images(models_dir: Path) -> None:
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has no CUDA")
    load = partial(OnnxBackend, threads=1, batch_images=64)
    for on_cpu, on_cuda in zip(
        Repository(models_dir, partial(load, provider="cpu")).load(),
        Repository(models_dir, partial(load, provider="cuda")).load(),
        strict=True,
    ):
        size = on_cpu.card.latent_size
        rows = Rows(seeds_to_latents(range(64), size), np.full(64, OWN_CLASS), np.ones(64, np.float32))
        assert on_cuda.provider == "CUDAExecutionProvider"
        difference = on_cuda.run(rows).pixels.astype(int) - on_cpu.run(rows).pixels
        assert np.abs(difference).max() <= 1, on_cpu.card.model
