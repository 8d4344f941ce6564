"""Knows how an error of the service's one table looks to clients of other protocols, by the path that they use.

Does not know the errors: `service.problems` has them, and asks here.
"""

from collections.abc import Callable
from typing import Any

from service.schemas import ProblemBody

Shape = Callable[[ProblemBody], dict[str, Any]]


def open_inference(problem: ProblemBody) -> dict[str, Any]:
    """Return an error as the Open Inference Protocol v2 has it: one string, that says all there is to say."""
    return {"error": problem.detail}


def openai(problem: ProblemBody) -> dict[str, Any]:
    """Return an error as OpenAI's API has it; ``param`` is the field at fault, ``code`` our name of the error."""
    field = problem.errors[0].pointer.removeprefix("/") if problem.errors else ""
    return {
        "error": {
            "message": problem.detail,
            "type": "invalid_request_error" if problem.status < 500 else "server_error",
            "param": field or None,
            "code": problem.type.rpartition("/")[2].replace("-", "_"),
        }
    }


_SHAPES: dict[str, Shape] = {"v1": openai, "v2": open_inference}


def shape_for(path: str) -> Shape | None:
    """Return how an error looks on a path of another protocol, None on a path of our own."""
    return _SHAPES.get(path.split("/", 2)[1]) if path.startswith("/") else None


def status_for(problem: ProblemBody) -> int:
    """Return the status that these protocols give: they say 400 of all that a request can be wrong in."""
    return 400 if problem.status == 422 else problem.status
