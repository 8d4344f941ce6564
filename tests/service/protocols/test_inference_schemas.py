"""The JSON bodies of the Open Inference Protocol."""

import pytest
from pydantic import ValidationError

from service.protocols.inference_schemas import InferRequest, InputTensor

SEED = {"name": "seed", "datatype": "INT64", "shape": [1], "data": [1]}


def test_fields_of_other_extensions_are_ignored() -> None:
    body = {"inputs": [SEED | {"parameters": {"shared_memory_offset": 0}}], "parameters": {"mine": 1}, "more": 1}
    assert InferRequest.model_validate(body).inputs == [InputTensor.model_validate(SEED)]


@pytest.mark.parametrize(
    "change", [{"shape": []}, {"shape": [-1]}, {"parameters": {"binary_data_size": -1}}, {"data": 1}]
)
def test_malformed_tensors_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InferRequest.model_validate({"inputs": [SEED | change]})
