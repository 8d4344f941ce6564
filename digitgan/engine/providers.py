"""Knows which execution providers there are, which one to take, and how to prove that it is active.

Does not know models beyond their bytes. With `digitgan.engine.generator` the only module that knows onnxruntime.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from digitgan.contract.errors import ModelRefused, ProviderInactive
from digitgan.engine.backend import ProviderName
from digitgan.engine.runtime import onnxruntime

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Provider:
    """An execution provider: its full name, its options, and whether `auto` may take it."""

    full_name: str
    options: Mapping[str, str]
    is_automatic: bool = True


# TF32 rounds what it multiplies to 11 bits, and the search for the fastest convolution begins anew at each batch size.
_CUDA = _Provider("CUDAExecutionProvider", {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"})
# Best first: what `auto` tries. TensorRT compiles each model for minutes at every start, so it must be wanted.
_PROVIDERS = {
    "cuda": _CUDA,
    "openvino": _Provider("OpenVINOExecutionProvider", {"device_type": "CPU", "precision": "FP32"}),
    "tensorrt": _Provider("TensorrtExecutionProvider", {}, is_automatic=False),
    "cpu": _Provider("CPUExecutionProvider", {}),
}


def runtime_version() -> str:
    """Return the version of the installed onnxruntime."""
    return str(onnxruntime.__version__)


def installed_providers() -> list[str]:
    """Return the full names of the providers that the installed onnxruntime has, which proves none of them."""
    return list(onnxruntime.get_available_providers())


def open_session(content: bytes, provider: ProviderName, threads: int) -> onnxruntime.InferenceSession:
    """Return a session for a model's bytes, on the provider that was asked for and no other.

    Args:
        content: a self-contained ONNX file.
        provider: `auto` takes the best that the installed onnxruntime has and that really starts.
        threads: how many processors there are for runs, at least 1; on `cpu` each run takes one of them.

    Raises:
        ProviderInactive: the named provider did not become active.
        ModelRefused: onnxruntime cannot load the model.
    """
    if provider != "auto":
        return _open(content, provider, threads)
    installed = installed_providers()
    for name, each in _PROVIDERS.items():
        if name != "cpu" and each.is_automatic and each.full_name in installed:
            try:
                return _open(content, name, threads)
            except (ProviderInactive, ModelRefused) as error:  # the wheel has it, but not this machine what it needs
                log.warning("provider %s is installed, but not taken: %s", name, error)
    return _open(content, "cpu", threads)


def nodes_by_provider(session: onnxruntime.InferenceSession) -> dict[str, int]:
    """Return how many nodes of a session's graph each provider was given, by its full name."""
    nodes: Counter[str] = Counter()
    for part in session.get_provider_graph_assignment_info():
        nodes[part.ep_name] += len(part.get_nodes())
    return dict(nodes)


def _open(content: bytes, name: str, threads: int) -> onnxruntime.InferenceSession:
    wanted, installed = _PROVIDERS[name], installed_providers()
    if wanted.full_name not in installed:
        raise ProviderInactive(f"provider {name!r}: the installed onnxruntime has only {', '.join(installed)}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1 if name == "cpu" else threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads must cost nothing
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")  # for `nodes_by_provider`
    providers = [(wanted.full_name, _options(name, threads))]
    if name == "tensorrt":  # takes a part of most graphs; the rest is to stay on the device
        providers.append((_CUDA.full_name, dict(_CUDA.options)))
    try:
        session = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # the runtime's own exceptions share no narrower public base
        raise ModelRefused(f"onnxruntime cannot load the model: {error}") from error
    session.disable_fallback()  # a provider that fails later must fail, not become another one
    nodes = nodes_by_provider(session)
    if session.get_providers()[0] != wanted.full_name or wanted.full_name not in nodes:
        raise ProviderInactive(
            f"provider {name!r} did not become active; the session is on {session.get_providers()}, "
            f"its graph's nodes on {nodes}"
        )
    return session


def _options(name: str, threads: int) -> dict[str, str]:
    """Return a provider's options; OpenVINO has threads of its own."""
    return dict(_PROVIDERS[name].options) | ({"num_of_threads": str(threads)} if name == "openvino" else {})
