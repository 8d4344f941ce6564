"""How errors look in the protocols of others."""

from service.http.problems import ProblemBody, ProblemError
from service.protocols.errors import open_inference, openai

INVALID = ProblemBody(
    type="/problems/invalid-request",
    title="title",
    status=422,
    detail="n: at most 10",
    request_id="1",
    errors=[ProblemError(pointer="/n", message="at most 10")],
)
OVERLOADED = ProblemBody(type="/problems/overloaded", title="t", status=503, detail="full", request_id="1")


def test_an_invalid_request_is_a_400_that_names_the_field() -> None:
    assert open_inference(INVALID) == (400, {"error": "n: at most 10"})
    status, body = openai(INVALID)
    assert status == 400
    assert body["error"] == {
        "message": "n: at most 10",
        "type": "invalid_request_error",
        "param": "n",
        "code": "invalid_request",
    }


def test_an_error_of_the_service_keeps_its_status_and_names_no_field() -> None:
    assert open_inference(OVERLOADED) == (503, {"error": "full"})
    status, body = openai(OVERLOADED)
    assert (status, body["error"]["type"], body["error"]["param"]) == (503, "server_error", None)
