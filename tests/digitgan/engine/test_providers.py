"""Knows which execution provider must come of which name. Does not know models beyond a tiny one."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.errors import ModelRefused, ProviderInactive
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine import providers
from digitgan.engine.backend import ProviderName, Rows
from digitgan.engine.generator import Generator
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.providers import nodes_by_provider, open_session
from digitgan.engine.repository import Repository
from digitgan.engine.runtime import onnxruntime
from tests.graphs import a_graph


@pytest.mark.parametrize("provider", ["auto", "cpu"])
def test_a_session_runs_on_the_provider_that_was_asked_for(provider: ProviderName) -> None:
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
def test_a_named_provider_that_is_not_there_is_an_error_not_a_fallback(provider: ProviderName, full_name: str) -> None:
    if full_name in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has {full_name}")
    with pytest.raises(ProviderInactive, match=f"'{provider}'.*has only .*CPUExecutionProvider"):
        open_session(a_graph(), provider, 1)


@pytest.mark.parametrize("content", [b"", b"not a model", a_graph()[:-20]])
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with pytest.raises(ModelRefused, match="onnxruntime cannot load the model"):
        open_session(content, "cpu", 1)


def test_a_session_says_which_provider_each_node_was_given(models_dir: Path) -> None:
    content = (models_dir / "digits" / "1" / "model.onnx").read_bytes()
    nodes = nodes_by_provider(open_session(content, "cpu", 1))
    assert set(nodes) == {"CPUExecutionProvider"}
    assert nodes["CPUExecutionProvider"] > 10


def test_an_installed_provider_that_does_not_start_is_passed_over_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    installed = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    monkeypatch.setattr(providers, "installed_providers", lambda: installed)  # as a wheel says that has no device
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        session = open_session(a_graph(), "auto", 1)
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert "provider cuda is installed, but not taken: provider 'cuda' did not become active" in caplog.text


def test_cuda_makes_the_cards_pictures_to_within_one_grey_level(models_dir: Path) -> None:
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has no CUDA")
    load = partial(Generator, threads=1, batch_images=64)
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
