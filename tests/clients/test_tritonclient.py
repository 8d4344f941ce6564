"""What the installed client of Triton can send and call, compared with what the service does about it.

A new release of the client fails here with the name that is new, which then gets its line below, and a test.
"""

import inspect

import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

from service.protocols.inference_schemas import _UNSUPPORTED, InferRequest, RequestParameters

ANSWERED, REFUSED, LOCAL = "answered", "refused with 404", "sends nothing"
METHODS = {
    "async_infer": ANSWERED,
    "close": LOCAL,
    "generate_request_body": LOCAL,
    "get_cuda_shared_memory_status": REFUSED,
    "get_inference_statistics": ANSWERED,
    "get_log_settings": REFUSED,
    "get_model_config": ANSWERED,
    "get_model_metadata": ANSWERED,
    "get_model_repository_index": ANSWERED,
    "get_server_metadata": ANSWERED,
    "get_system_shared_memory_status": REFUSED,
    "get_trace_settings": REFUSED,
    "infer": ANSWERED,
    "is_model_ready": ANSWERED,
    "is_server_live": ANSWERED,
    "is_server_ready": ANSWERED,
    "load_model": REFUSED,
    "parse_response_body": LOCAL,
    "plugin": LOCAL,
    "register_cuda_shared_memory": REFUSED,
    "register_plugin": LOCAL,
    "register_system_shared_memory": REFUSED,
    "unload_model": REFUSED,
    "unregister_cuda_shared_memory": REFUSED,
    "unregister_plugin": LOCAL,
    "unregister_system_shared_memory": REFUSED,
    "update_log_settings": REFUSED,
    "update_trace_settings": REFUSED,
}
READ, UNSUPPORTED, OF_HTTP = "read", "refused with 400", "part of HTTP"
# Of `infer`: the argument -> what the service does, and the name in the body.
ARGUMENTS = {
    "model_name": (OF_HTTP, None),
    "model_version": (OF_HTTP, None),
    "inputs": (READ, "inputs"),
    "outputs": (READ, "outputs"),
    "request_id": (READ, "id"),
    "sequence_id": (UNSUPPORTED, "sequence_id"),
    "sequence_start": (UNSUPPORTED, "sequence_id"),  # the client sends it with a sequence_id only
    "sequence_end": (UNSUPPORTED, "sequence_id"),
    "priority": (UNSUPPORTED, "priority"),
    "timeout": (READ, "timeout"),
    "headers": (OF_HTTP, None),
    "query_params": (OF_HTTP, None),
    "request_compression_algorithm": (OF_HTTP, None),
    "response_compression_algorithm": (OF_HTTP, None),
    "parameters": (READ, "parameters"),  # the caller's own: ignored, as the protocol has it
}
# Of tensors: methods that change what is sent.
TENSORS = {
    InferInput: {"datatype", "name", "set_data_from_numpy", "set_shape", "set_shared_memory", "shape"},
    InferRequestedOutput: {"name", "set_shared_memory", "unset_shared_memory"},
}


def names(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def test_every_method_of_the_client_has_a_line() -> None:
    assert names(InferenceServerClient) == set(METHODS)


def test_every_argument_of_infer_has_a_line_and_is_read_or_refused() -> None:
    assert set(inspect.signature(InferenceServerClient.infer).parameters) - {"self"} == set(ARGUMENTS)
    fields = {*InferRequest.model_fields, *RequestParameters.model_fields}
    for argument, (what, name) in ARGUMENTS.items():
        assert what == OF_HTTP or name in (fields if what == READ else _UNSUPPORTED), argument


def test_every_method_and_argument_of_a_tensor_has_a_line() -> None:
    for kind, methods in TENSORS.items():
        assert names(kind) == methods, kind
    assert {*inspect.signature(InferRequestedOutput).parameters} == {"name", "binary_data", "class_count"}
    assert {*inspect.signature(InferInput).parameters} == {"name", "shape", "datatype"}


def parameters_of(tensor: InferInput | InferRequestedOutput) -> set[str]:
    tensor.set_shared_memory("region", 8, offset=8)
    return {*tensor._get_tensor()["parameters"]}


def test_every_parameter_of_a_tensor_is_read_or_refused() -> None:
    shared = {"shared_memory_region", "shared_memory_byte_size", "shared_memory_offset"}  # the first is always sent
    assert parameters_of(InferInput("seed", [1], "INT64")) == shared
    output = InferRequestedOutput("label", class_count=1)
    assert {*output._get_tensor()["parameters"]} == {"binary_data", "classification"}
    assert {"shared_memory_region", "classification"} <= {*_UNSUPPORTED}
    seed = InferInput("seed", [1], "INT64")
    seed.set_data_from_numpy(np.array([1]))
    assert {*seed._get_tensor()["parameters"]} == {"binary_data_size"}


@pytest.mark.parametrize("method", sorted(name for name, what in METHODS.items() if what != LOCAL))
def test_every_method_is_answered_or_refused_with_a_message(service: object, method: str) -> None:
    url = service.base_url  # type: ignore[attr-defined] # httpx's client
    given = {
        "model_name": "digits",
        "name": "region",
        "key": "/region",
        "byte_size": 8,
        "raw_handle": b"aGFuZGxl",
        "device_id": 0,
        "settings": {},
        "inputs": [InferInput("seed", [1], "INT64").set_data_from_numpy(np.array([1]))],
    }
    with InferenceServerClient(f"{url.host}:{url.port}") as client:
        call = getattr(client, method)
        arguments = {name: given[name] for name in inspect.signature(call).parameters if name in given}
        if METHODS[method] == REFUSED:
            with pytest.raises(Exception, match=r"not found|method not allowed") as refused:
                call(**arguments)
            assert "404" in str(refused.value) or "405" in str(refused.value)
        else:
            answer = call(**arguments)
            assert answer.get_result() if method == "async_infer" else answer
