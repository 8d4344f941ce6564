"""Every error that a client can see: its status, type, title and cure, in one table.

The table makes the answers (RFC 9457), their documentation and their pages. `service.http.error_handlers` chooses the
row for an exception.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..access.quota import QuotaExceeded

MEDIA_TYPE = "application/problem+json"


class ProblemError(BaseModel):
    """One error in a request."""

    pointer: str = Field(description="JSON pointer (RFC 6901) to the field")
    message: str = Field(description="what is wrong, and what is allowed")


class ProblemBody(BaseModel):
    """An error, RFC 9457."""

    type: str = Field(description="address of a page that explains this kind of error")
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[ProblemError] | None = None


Dialect = Callable[[ProblemBody], tuple[int, dict[str, Any]]]  # problem -> status and body in another protocol


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error.

    Attributes:
        slug: last part of its type's address.
        status: HTTP status of the answer.
        title: what went wrong, for all errors of this kind.
        cure: what to do about it.
        wrong: shell commands that get this answer; "" if a request alone cannot.
        right: the same commands as they should be.
    """

    slug: str
    status: int
    title: str
    cure: str
    wrong: str = ""
    right: str = ""


def _post(body: str) -> str:
    return f"curl localhost:8000/generate --json '{body}'"


_SEVEN = _post('{"seeds": 7}')
_FROM_PIPE = "curl localhost:8000/generate -X POST -T - -H 'content-type: application/json' -H 'x-request-timeout: 1'"
_FILE = "localhost:8000/datasets/model-digits,version-1,count-100,seed-0/train-labels-idx1-ubyte"
_TEN, _THOUSAND = _post('{"count": 10}'), _post('{"count": 1000}')


BAD_REQUEST = Problem(
    "bad-request",
    400,
    "Malformed request",
    "Send a well-formed HTTP request with a JSON body.",
    wrong="curl 'localhost:8000/digits/7/1.png%0A'",
    right="curl 'localhost:8000/digits/7/1.png' -o seven.png",
)
NOT_JSON = Problem(
    "not-json",
    400,
    "The body is not JSON",
    "Send one JSON object in UTF-8.",
    wrong=_post('{"seeds": 7,}'),
    right=_SEVEN,
)
INVALID_TIMEOUT = Problem(
    "invalid-timeout",
    400,
    "Invalid request timeout",
    "Send `X-Request-Timeout` as a decimal number of seconds above 0, such as 2 or 0.5, or leave it out.",
    wrong=f"{_SEVEN} -H 'x-request-timeout: 2 s'",
    right=f"{_SEVEN} -H 'x-request-timeout: 2'",
)
NO_KEY = Problem(
    "no-key",
    401,
    "Missing or unknown API key",
    "Send a key of this service as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`. Its operator issues keys.",
    wrong="curl localhost:8000/models",
    right='curl localhost:8000/models -H "x-api-key: $DIGITGAN_KEY"',
)
NOT_FOUND = Problem(
    "not-found",
    404,
    "Not found",
    "GET /docs lists all paths.",
    wrong="curl localhost:8000/digit/7/1.png",
    right="curl localhost:8000/digits/7/1.png -o seven.png",
)
UNKNOWN_MODEL = Problem(
    "unknown-model",
    404,
    "Unknown model",
    "GET /models lists the models and versions that this service serves.",
    wrong=_post('{"seeds": 7, "model": "digit"}'),
    right=_post('{"seeds": 7, "model": "digits"}'),
)
METHOD_NOT_ALLOWED = Problem(
    "method-not-allowed",
    405,
    "Method not allowed",
    "`Allow` lists the methods of this path.",
    wrong="curl localhost:8000/generate",
    right=_SEVEN,
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable",
    406,
    "No acceptable format",
    "Accept one of the media types that `detail` lists.",
    wrong=f"{_SEVEN} -H 'accept: image/jpeg'",
    right=f"{_SEVEN} -H 'accept: image/png' -o seven.png",
)
BODY_TOO_SLOW = Problem(
    "body-too-slow",
    408,
    "The body did not arrive in time",
    "The connection was closed. Send the whole body at once.",
    wrong=f"(printf '{{\"seeds\":'; sleep 2; printf ' 7}}') | {_FROM_PIPE}",
    right=f"printf '{{\"seeds\": 7}}' | {_FROM_PIPE}",
)
LENGTH_REQUIRED = Problem(
    "length-required",
    411,
    "The body has no length",
    "Send `Content-Length` or `Transfer-Encoding: chunked`; HTTP clients do so if they are given a body.",
    wrong="curl -X POST localhost:8000/generate -H 'content-type: application/json'",
    right=_SEVEN,
)
PRECONDITION_FAILED = Problem(
    "precondition-failed",
    412,
    "The client has this answer already",
    "`If-None-Match` names the tag of the answer. Leave the field out, or send the same request as QUERY to get a 304.",
    wrong=f"{_SEVEN} -H 'if-none-match: *'",
    right=_SEVEN,
)
BODY_TOO_LARGE = Problem(
    "body-too-large",
    413,
    "The body is too large",
    "Split the request; `detail` gives the limit in bytes.",
    wrong="head -c 5000000 /dev/zero | curl localhost:8000/generate --json @-",
    right=_SEVEN,
)
UNSUPPORTED_MEDIA_TYPE = Problem(
    "unsupported-media-type",
    415,
    "The body's type or coding is not supported",
    "Send a `Content-Type` or `Content-Encoding` that `detail` lists.",
    wrong="curl localhost:8000/generate -d '{\"seeds\": 7}'",
    right=_SEVEN,
)
RANGE_NOT_SATISFIABLE = Problem(
    "range-not-satisfiable",
    416,
    "No such part of the file",
    "`Content-Range` has the size of the file. Ask for bytes below it, each once, in few ranges.",
    wrong=f"curl {_FILE} -r 1000000-",
    right=f"curl {_FILE} -r 8- -o labels.bin",
)
INVALID_REQUEST = Problem(
    "invalid-request",
    422,
    "Unprocessable request",
    "Each entry of `errors` points at a field of the body and says what is allowed there.",
    wrong=_post('{"seeds": 7, "lables": 3}'),
    right=_post('{"seeds": 7, "labels": 3}'),
)
QUOTA_EXCEEDED = Problem(
    "quota-exceeded",
    429,
    "Quota exceeded",
    "Nothing was done. Send the same request again after the number of seconds in `Retry-After`. `RateLimit-Policy` "
    "states the quotas, `RateLimit` what is left of them.",
    wrong=f"{_THOUSAND} -o first.json\n{_THOUSAND}",
    right=f"{_THOUSAND} -o first.json\n{_TEN} -o ten.json --retry 3",
)
INTERNAL = Problem(
    "internal-error",
    500,
    "Internal error",
    "The request is not at fault. The service's log has the cause under the request id.",
)
CANNOT_SERVE = "what is deployed cannot serve this request; the log says why"  # the reason may have a path
OVERLOADED = Problem(
    "overloaded",
    503,
    "The service is at capacity",
    "Nothing was done. Send the same request again after the number of seconds in `Retry-After`.",
    wrong=f"for n in $(seq 50); do {_THOUSAND} & done; wait",
    right=f"for n in $(seq 50); do {_THOUSAND} -o $n.json --retry 9 & done; wait",
)
DRAINING = Problem(
    "draining",
    503,
    "The service is shutting down",
    "Nothing was done. Send the same request again; it will reach another instance.",
    wrong="curl localhost:8000/health/ready  # within seconds after SIGTERM",
    right="curl localhost:8000/health/ready --retry 9  # another instance answers",
)
DEADLINE_PASSED = Problem(
    "deadline-passed",
    503,
    "The answer did not begin in time",
    "Unfinished work was cancelled. Send the same request again after the number of seconds in `Retry-After`, request "
    "fewer images, or allow more time by `X-Request-Timeout`, up to the service's own limit.",
    wrong=f"{_THOUSAND} -H 'x-request-timeout: 0.001'",
    right=f"{_THOUSAND} -H 'x-request-timeout: 10' -o thousand.json",
)

# In the order in which GET /problems lists them.
PROBLEMS: dict[str, Problem] = {
    each.slug: each
    for each in (
        *(NOT_JSON, NO_KEY, QUOTA_EXCEEDED, DEADLINE_PASSED, INVALID_TIMEOUT, BODY_TOO_SLOW),
        *(INVALID_REQUEST, UNKNOWN_MODEL, OVERLOADED, DRAINING, INTERNAL),
        *(BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE),
        *(LENGTH_REQUIRED, PRECONDITION_FAILED, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, RANGE_NOT_SATISFIABLE),
    )
}


def answer(
    request: Request,
    problem: Problem,
    detail: str,
    *,
    errors: list[ProblemError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem in the protocol that the request's path belongs to.

    Args:
        request: that failed.
        problem: the kind of error.
        detail: about this error.
        errors: the fields at fault.
        headers: further header fields.
    """
    request.state.problem = problem.slug  # for metrics, logs and traces
    body = ProblemBody(
        type=f"/problems/{problem.slug}",
        title=problem.title,
        status=problem.status,
        detail=detail,
        request_id=request.state.request_id,
        errors=errors,
    )
    dialect = _dialect(request)
    if dialect is not None:
        status, content = dialect(body)
        return JSONResponse(content, status, headers)
    return JSONResponse(body.model_dump(exclude_none=True), problem.status, headers, MEDIA_TYPE)


def quota_exceeded(request: Request, error: QuotaExceeded) -> Response:
    """Return the answer to a request that its client's quota does not allow."""
    return answer(request, QUOTA_EXCEEDED, str(error), headers={"Retry-After": str(error.retry_after_s)})


def _dialect(request: Request) -> Dialect | None:
    """Return the dialect of the protocol under whose prefix the request's path is; None for the service's own."""
    dialects: Mapping[str, Dialect] = request.app.state.dialects
    first, _, _ = request.url.path.removeprefix("/").partition("/")
    return dialects.get(f"/{first}") or dialects.get(f"{request.method} /{first}")
