"""Knows how errors look on the paths of other protocols. Does not know the errors."""

import pytest

from service.protocols.errors import open_inference, openai, shape_for, status_for
from service.schemas import ProblemBody, ProblemError

FAULT = ProblemBody(
    type="/problems/invalid-request",
    title="title",
    status=422,
    detail="n: at most 10",
    request_id="1",
    errors=[ProblemError(pointer="/n", message="at most 10")],
)


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/v2", open_inference), ("/v2/models/x", open_inference), ("/v1/images", openai), ("/v20", None), ("/", None)],
)
def test_the_path_decides(path: str, shape: object) -> None:
    assert shape_for(path) is shape


def test_a_fault_of_the_request_is_a_400_that_names_the_field() -> None:
    assert status_for(FAULT) == 400
    assert open_inference(FAULT) == {"error": "n: at most 10"}
    assert openai(FAULT)["error"] == {
        "message": "n: at most 10",
        "type": "invalid_request_error",
        "param": "n",
        "code": "invalid_request",
    }


def test_a_fault_of_the_service_keeps_its_status_and_names_no_field() -> None:
    full = ProblemBody(type="/problems/overloaded", title="t", status=503, detail="full", request_id="1")
    assert status_for(full) == 503
    assert (openai(full)["error"]["type"], openai(full)["error"]["param"]) == ("server_error", None)
