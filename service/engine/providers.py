"""Knows which execution providers there are, which one to take, and how to prove that it is active.

Does not know models beyond their bytes. With `service.engine.generator` the only module that knows onnxruntime.
"""

import onnxruntime

from service.engine.backend import ProviderName
from service.engine.errors import ModelRefused, ProviderInactive

# Best first: what `auto` tries.
_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": "CPUExecutionProvider",
}


def open_session(content: bytes, provider: ProviderName, threads: int) -> onnxruntime.InferenceSession:
    """Return a session for a model's bytes, on the provider that was asked for and no other.

    Args:
        content: a self-contained ONNX file.
        provider: `auto` takes the best that the installed onnxruntime has and that really starts.
        threads: threads for one run, at least 1.

    Raises:
        ProviderInactive: the named provider did not become active.
        ModelRefused: onnxruntime cannot load the model.
    """
    if provider != "auto":
        return _open(content, provider, threads)
    available = onnxruntime.get_available_providers()
    for name in (each for each, full_name in _PROVIDERS.items() if full_name in available and each != "cpu"):
        try:
            return _open(content, name, threads)
        except ProviderInactive:
            continue  # the wheel has it, but this machine has not what it needs
    return _open(content, "cpu", threads)


def _open(content: bytes, provider: str, threads: int) -> onnxruntime.InferenceSession:
    wanted = _PROVIDERS[provider]
    available = onnxruntime.get_available_providers()
    if wanted not in available:
        raise ProviderInactive(f"provider {provider!r}: the installed onnxruntime has only {', '.join(available)}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads must cost nothing
    try:
        session = onnxruntime.InferenceSession(content, options, providers=[wanted])
    except Exception as error:  # the runtime's own exceptions share no narrower public base
        raise ModelRefused(f"onnxruntime cannot load the model: {error}") from error
    session.disable_fallback()  # a provider that fails later must fail, not become another one
    if session.get_providers()[0] != wanted:
        raise ProviderInactive(
            f"provider {provider!r} did not become active; the session runs on {session.get_providers()}"
        )
    return session
