"""The execution providers of onnxruntime: which one to use, and how to prove that it is active."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from digitgan.contract.errors import ModelRefused, ProviderInactive
from digitgan.engine.backend import ProviderName
from digitgan.engine.runtime import onnxruntime

log = logging.getLogger(__name__)

Tensors = dict[str, tuple[str, list[int]]]  # a graph's inputs or outputs by name: type, and sizes but for the batch's


@dataclass(frozen=True, slots=True)
class _Provider:
    """An execution provider: its full name, its options, whether `auto` may choose it, and its device if it has one.

    On a device, runs read and write the fixed buffers of `digitgan.engine.device_buffers`.
    """

    full_name: str
    options: Mapping[str, str]
    is_automatic: bool = True
    device: str | None = None


# TF32 would round factors to 11 bits, and an exhaustive search for the fastest convolution would start anew at each
# batch size. The largest run is made at start, so memory beyond what it needs would stay unused.
_CUDA = _Provider(
    "CUDAExecutionProvider",
    {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"},
    device="cuda",
)
# Best first: `auto` tries them in this order. TensorRT compiles each model for minutes at every start, so it must be
# named.
_PROVIDERS = {
    "cuda": _CUDA,
    "openvino": _Provider("OpenVINOExecutionProvider", {"device_type": "CPU", "precision": "FP32"}),
    "tensorrt": _Provider("TensorrtExecutionProvider", {}, is_automatic=False, device="cuda"),
    "cpu": _Provider("CPUExecutionProvider", {}),
}


def runtime_version() -> str:
    """Return the version of the installed onnxruntime."""
    return str(onnxruntime.__version__)


def installed_providers() -> list[str]:
    """Return the full names of the installed onnxruntime's providers, whether or not this machine can run them."""
    return list(onnxruntime.get_available_providers())


def open_session(content: bytes, provider: ProviderName, threads: int) -> onnxruntime.InferenceSession:
    """Return a session for a model's bytes, on the requested provider and no other.

    Args:
        content: a self-contained ONNX file.
        provider: `auto` chooses the best installed provider that becomes active.
        threads: number of processors for runs, at least 1; on `cpu` each run uses one of them, and on a device none.

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
            except (ProviderInactive, ModelRefused) as error:  # installed, but this machine lacks what it needs
                log.warning("provider %s is installed but not usable: %s", name, error)
    return _open(content, "cpu", threads)


def device_of(session: onnxruntime.InferenceSession) -> str | None:
    """Return the device on which a session runs, as onnxruntime calls it; None for the processor itself."""
    active = session.get_providers()[0]
    return next((each.device for each in _PROVIDERS.values() if each.full_name == active), None)


def nodes_by_provider(session: onnxruntime.InferenceSession) -> dict[str, int]:
    """Return how many nodes of a session's graph each provider runs, by its full name."""
    nodes: Counter[str] = Counter()
    for part in session.get_provider_graph_assignment_info():
        nodes[part.ep_name] += len(part.get_nodes())
    return dict(nodes)


def check_contract(session: onnxruntime.InferenceSession, name: str, inputs: Tensors, outputs: Tensors) -> None:
    """Raise ModelRefused unless a graph has the inputs and outputs that contract version 1 requires.

    Args:
        session: of the graph.
        name: what the graph is, for error messages.
        inputs: required, all with a dynamic batch dimension before their sizes.
        outputs: required, in the same way.
    """
    for kind, nodes, required in (
        ("inputs", session.get_inputs(), inputs),
        ("outputs", session.get_outputs(), outputs),
    ):
        found = {node.name: (node.type, list(node.shape[1:])) for node in nodes}
        if found != required:
            raise ModelRefused(f"{name} has {kind} {found}; contract version 1 requires {required}")
        fixed = [node.name for node in nodes if not node.shape or isinstance(node.shape[0], int)]
        if fixed:
            raise ModelRefused(f"{name}: the batch dimension of {', '.join(fixed)} is not dynamic")


def _open(content: bytes, name: str, threads: int) -> onnxruntime.InferenceSession:
    provider, installed = _PROVIDERS[name], installed_providers()
    if provider.full_name not in installed:
        available = ", ".join(installed)
        raise ProviderInactive(f"provider {name!r} is not installed; this onnxruntime has {available}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads must use no processor time
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")  # for `nodes_by_provider`
    if name == "cpu":
        _share_arena()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # Weights stay for the session's life. In an arena, they would keep what others have freed around them.
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    providers = [(provider.full_name, _options(name, threads))]
    if name == "tensorrt":  # runs only part of most graphs; the rest should stay on the device
        providers.append((_CUDA.full_name, dict(_CUDA.options)))
    try:
        session = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions share no narrower public base
        raise ModelRefused(f"onnxruntime cannot load the model: {error}") from error
    session.disable_fallback()  # a provider that fails later must not be replaced by another
    session._model_bytes = None  # kept only for a fallback, and as large as the weights
    nodes = nodes_by_provider(session)
    if session.get_providers()[0] != provider.full_name or provider.full_name not in nodes:
        raise ProviderInactive(
            f"provider {name!r} did not become active; the session has {session.get_providers()}, "
            f"and its nodes run on {nodes}"
        )
    return session


@cache
def _share_arena() -> None:
    """Give the sessions of this process one arena for what a run computes; each would keep one of its own for good."""
    kind, purpose = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, onnxruntime.OrtMemType.DEFAULT
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, purpose)
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({}))


def _options(name: str, threads: int) -> dict[str, str]:
    """Return a provider's options; OpenVINO takes its number of threads from them."""
    return dict(_PROVIDERS[name].options) | ({"num_of_threads": str(threads)} if name == "openvino" else {})
