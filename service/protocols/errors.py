"""How the service's errors look to clients of other protocols."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ..http import problems
from ..http.problems import Dialect, ProblemBody

_OPENAI_PATHS = (
    "GET /v1/models, GET /v1/models/{model}, POST /v1/images/generations, POST /v1/images/edits "
    "and POST /v1/images/variations"
)


class OpenAIErrorDetail(BaseModel):
    """The error itself."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="the field at fault")]
    code: str


class OpenAIError(BaseModel):
    """An error in OpenAI's API."""

    error: OpenAIErrorDetail


class TextError(BaseModel):
    """An error as a single text."""

    error: str


Described = dict[int | str, dict[str, Any]]
OPENAI_ERRORS: Described = {"4XX": {"model": OpenAIError}, "5XX": {"model": OpenAIError}}
HUGGING_FACE_ERRORS: Described = {"4XX": {"model": TextError}, "5XX": {"model": TextError}}


def open_inference(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error in the Open Inference Protocol v2: a single text."""
    return _status(problem), {"error": problem.detail}


def openai(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error in OpenAI's API: ``param`` is the field at fault, ``code`` our slug."""
    field = problem.errors[0].pointer.removeprefix("/") if problem.errors else ""
    slug = problem.type.rpartition("/")[2]
    is_no_path = slug == problems.NOT_FOUND.slug
    error = OpenAIErrorDetail(
        message=f"not available; of OpenAI's API, this service has {_OPENAI_PATHS}" if is_no_path else problem.detail,
        type="invalid_request_error" if problem.status < 500 else "server_error",
        param=field or None,
        code=slug.replace("-", "_"),
    )
    return _status(problem), OpenAIError(error=error).model_dump()


def hugging_face(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error of an inference endpoint: a single text."""
    return problem.status, {"error": problem.detail}


def model_context(problem: ProblemBody) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error that is no answer to a message: JSON-RPC's, with the problem as its data."""
    code = -32603 if problem.status >= 500 else -32600  # JSON-RPC 2.0, section 5.1
    error = {"code": code, "message": problem.detail, "data": problem.model_dump(exclude_none=True)}
    return problem.status, {"jsonrpc": "2.0", "id": None, "error": error}


def _status(problem: ProblemBody) -> int:
    """Return the status in these protocols, where every error of a request is a 400."""
    return 400 if problem.status == 422 else problem.status


# By the first segment of their paths, with a method where the path has other operations too.
DIALECTS: dict[str, Dialect] = {
    "/v1": openai,
    "/v2": open_inference,
    "/mcp": model_context,
    "POST /models": hugging_face,
}
