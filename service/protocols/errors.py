"""How the service's errors look to clients of other protocols."""

from typing import Any

from ..http.problems import Dialect, ProblemBody


def open_inference(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error in the Open Inference Protocol v2: a single text."""
    return _status(problem), {"error": problem.detail}


def openai(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error in OpenAI's API: ``param`` is the field at fault, ``code`` our slug."""
    field = problem.errors[0].pointer.removeprefix("/") if problem.errors else ""
    error = {
        "message": problem.detail,
        "type": "invalid_request_error" if problem.status < 500 else "server_error",
        "param": field or None,
        "code": problem.type.rpartition("/")[2].replace("-", "_"),
    }
    return _status(problem), {"error": error}


def _status(problem: ProblemBody) -> int:
    """Return the status in these protocols, where every error of a request is a 400."""
    return 400 if problem.status == 422 else problem.status


DIALECTS: dict[str, Dialect] = {"/v1": openai, "/v2": open_inference}  # by the prefix of their paths
