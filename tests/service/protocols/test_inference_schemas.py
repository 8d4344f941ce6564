"""Knows which JSON bodies the protocol has. Does not know models."""

import pytest
from pydantic import ValidationError

from service.protocols.inference_schemas import InferRequest, InputTensor

SEED = {"name": "seed", "datatype": "INT64", "shape": [1], "data": [1]}


def test_what_other_extensions_say_is_passed_over() -> None:
    body = {"inputs": [SEED | {"parameters": {"shared_memory_offset": 0}}], "parameters": {"priority": 1}, "more": 1}
    assert InferRequest.model_validate(body).inputs == [InputTensor.model_validate(SEED)]


@pytest.mark.parametrize(
    "change", [{"shape": []}, {"shape": [-1]}, {"parameters": {"binary_data_size": -1}}, {"data": 1}]
)
def test_a_tensor_has_sizes_and_a_list(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InferRequest.model_validate({"inputs": [SEED | change]})
