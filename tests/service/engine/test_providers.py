"""Knows which execution provider must come of which name. Does not know models beyond a tiny one."""

import onnxruntime
import pytest

from service.engine.backend import ProviderName
from service.engine.errors import ModelRefused, ProviderInactive
from service.engine.providers import open_session
from tests.graphs import a_graph


@pytest.mark.parametrize("provider", ["auto", "cpu"])
def test_a_session_runs_on_the_provider_that_was_asked_for(provider: ProviderName) -> None:
    active = open_session(a_graph(), provider, 1).get_providers()[0]
    assert active == "CPUExecutionProvider" or provider == "auto"


@pytest.mark.parametrize(
    ("provider", "full_name"), [("cuda", "CUDAExecutionProvider"), ("openvino", "OpenVINOExecutionProvider")]
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
