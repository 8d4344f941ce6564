"""Knows every error that a client can see: engine error or HTTP status -> status, type, title, cure.

Does not know what caused them, nor how clients of other protocols read them. The one table here makes the answers,
their documentation and their pages.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from digitgan.contract.errors import (
    CannotServe,
    Draining,
    EngineError,
    InvalidPlan,
    NotAvailableNow,
    Overloaded,
    RunFailed,
    UnknownModel,
)
from service.access.quota import QuotaExceeded
from service.protocols.errors import shape_for, status_for
from service.schemas import ProblemBody, ProblemError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_LONGEST_NAME = 100  # characters of a field that does not exist
MOST_ERRORS = 32  # faults named in one answer: a person mends the first few, and a bad list of seeds has thousands


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error: the last part of its type's address, its status, its title, and what to do about it."""

    slug: str
    status: int
    title: str
    cure: str


NOT_JSON = Problem("not-json", 400, "The body is not JSON", "Send one JSON object, in UTF-8.")
INVALID_REQUEST = Problem(
    "invalid-request",
    422,
    "The request asks for something that cannot be had",
    "Each entry of `errors` points at a field of the body and says what is allowed there.",
)
UNKNOWN_MODEL = Problem(
    "unknown-model", 404, "There is no such model", "GET /models lists the models and versions that are served here."
)
OVERLOADED = Problem(
    "overloaded",
    503,
    "The queue is full",
    "Nothing was done; send the same request again after the seconds that `Retry-After` gives.",
)
DRAINING = Problem(
    "draining",
    503,
    "The service is shutting down",
    "Nothing was done; send the same request again, it will reach another instance.",
)
DEADLINE_PASSED = Problem(
    "deadline-passed",
    503,
    "The answer was not begun in time",
    "What was not done yet was given up. Send the same request again after the seconds that `Retry-After` gives, ask "
    "for fewer images, or allow more time: `X-Request-Timeout`, up to the service's own limit.",
)
INVALID_TIMEOUT = Problem(
    "invalid-timeout",
    400,
    "The request's timeout is not a number of seconds",
    "Send `X-Request-Timeout` as a decimal number of seconds above 0, such as 2 or 0.5, or leave it out.",
)
BODY_TOO_SLOW = Problem(
    "body-too-slow",
    408,
    "The body did not come in time",
    "Send all of the body at once; the connection was closed.",
)
NO_KEY = Problem(
    "no-key",
    401,
    "The request carries no key that opens the service",
    "Send a key of this service as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`; its operator hands them out.",
)
QUOTA_EXCEEDED = Problem(
    "quota-exceeded",
    429,
    "The quota is used up for now",
    "Nothing was done; send the same request again after the seconds that `Retry-After` gives. `RateLimit-Policy` "
    "names the quotas, `RateLimit` what is left of them.",
)
INTERNAL = Problem(
    "internal-error",
    500,
    "The service failed",
    "Not the request's fault. The log holds the cause under the request id.",
)

_ENGINE: dict[type[EngineError], Problem] = {
    InvalidPlan: INVALID_REQUEST,
    UnknownModel: UNKNOWN_MODEL,
    Overloaded: OVERLOADED,
    Draining: DRAINING,
    CannotServe: INTERNAL,
    RunFailed: INTERNAL,
    EngineError: INTERNAL,
}
_STATUS: dict[int, Problem] = {
    problem.status: problem
    for problem in (
        Problem("bad-request", 400, "The request cannot be read", "Send a well-formed HTTP request with a JSON body."),
        Problem("not-found", 404, "There is nothing here", "GET /docs lists the paths that there are."),
        Problem("method-not-allowed", 405, "The path has no such method", "`Allow` lists the methods that it has."),
        Problem("not-acceptable", 406, "No form on offer is acceptable", "Ask for one of the media types in `detail`."),
        Problem(
            "precondition-failed",
            412,
            "The client has this answer already",
            "What `If-None-Match` names is still so. Leave the header out, or send the same as QUERY to get a 304.",
        ),
        Problem(
            "body-too-large", 413, "The body is too large", "Split the request; `detail` gives the limit in bytes."
        ),
        Problem(
            "unsupported-media-type", 415, "The body is not declared as JSON", "Send `Content-Type: application/json`."
        ),
    )
}
_REFUSED_ON_THE_WAY = (NOT_JSON, NO_KEY, QUOTA_EXCEEDED, DEADLINE_PASSED, INVALID_TIMEOUT, BODY_TOO_SLOW)
PROBLEMS: dict[str, Problem] = {
    problem.slug: problem for problem in (*_REFUSED_ON_THE_WAY, *_ENGINE.values(), *_STATUS.values())
}


def install(app: FastAPI, headers_of_all: Mapping[str, str] = MappingProxyType({})) -> None:
    """Make every error of the application an ``application/problem+json`` answer of this table.

    Args:
        app: the application.
        headers_of_all: what middleware puts on every answer but that to an unexpected error, which it does not see.
    """

    @app.exception_handler(EngineError)
    async def engine_error(request: Request, error: EngineError) -> Response:
        problem = next(_ENGINE[kind] for kind in type(error).__mro__ if kind in _ENGINE)
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, NotAvailableNow) else None
        errors = None
        if isinstance(error, InvalidPlan | UnknownModel):
            errors = [ProblemError(pointer=f"/{error.field}", message=str(error))]
        if problem is INTERNAL:
            _log_failure(request, error)
        return answer(request, problem, str(error), errors=errors, headers=headers)

    @app.exception_handler(QuotaExceeded)
    async def quota_error(request: Request, error: QuotaExceeded) -> Response:
        return quota_exceeded(request, error)

    @app.exception_handler(RequestValidationError)
    async def validation_error(request: Request, error: RequestValidationError) -> Response:
        faults = error.errors()
        if any(fault["type"] == "json_invalid" for fault in faults):
            return answer(request, NOT_JSON, faults[0]["ctx"]["error"])
        errors = [
            ProblemError(pointer=_pointer(fault["loc"]), message=_message(fault)) for fault in faults[:MOST_ERRORS]
        ]
        first = errors[0]
        return answer(request, INVALID_REQUEST, f"{first.pointer or 'body'}: {first.message}", errors=errors)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        problem, headers = _STATUS.get(error.status_code, INTERNAL), dict(error.headers or {})
        if "Allow" in headers:
            headers["Allow"] = ", ".join(_methods(app, request))
        # What the web framework itself refuses has no more to say than its status; the cure has.
        detail = problem.cure if error.detail == HTTPStatus(error.status_code).phrase else error.detail
        return answer(request, problem, detail, headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def client_gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # read by nobody, and no fault of the service that its log should tell

    @app.exception_handler(Exception)
    async def unexpected_error(request: Request, error: Exception) -> Response:
        _log_failure(request, error)
        # Starlette answers these outside of all middleware, so the id is not on the answer yet, then raises on; the
        # server closes the connection at that, which a client that would send its next request over it must know.
        headers = {**headers_of_all, "X-Request-Id": request.state.request_id, "Connection": "close"}
        return answer(request, INTERNAL, "unexpected error", headers=headers)


def quota_exceeded(request: Request, error: QuotaExceeded) -> Response:
    """Return the answer to a request that its client's quota does not allow."""
    return answer(request, QUOTA_EXCEEDED, str(error), headers={"Retry-After": str(error.retry_after_s)})


def _methods(app: FastAPI, request: Request) -> Iterator[str]:
    """Yield the methods of a path: all, where the web framework names those of the first route that it finds there."""
    for method in ("GET", "HEAD", "POST", "QUERY"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in app.router.routes):
            yield method


def _message(fault: dict[str, Any]) -> str:
    said = fault["msg"].removeprefix("Value error, ")
    return f"{said}; {fault['allowed']}" if fault.get("allowed") else said


def _log_failure(request: Request, error: Exception) -> None:
    about = {"request_id": request.state.request_id, "trace_id": getattr(request.state, "trace_id", None)}
    log.error("request failed", exc_info=error, extra=about)


def _pointer(location: tuple[str | int, ...]) -> str:
    """Return a pydantic location as a JSON pointer into the body (RFC 6901)."""
    return "".join("/" + _short(str(part)).replace("~", "~0").replace("/", "~1") for part in location[1:])


def _short(name: str) -> str:
    """Return what is enough of a field's name to find it; an answer is not to repeat a body."""
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "\N{HORIZONTAL ELLIPSIS}"


def answer(
    request: Request,
    problem: Problem,
    detail: str,
    *,
    errors: list[ProblemError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem as the client of a request's path reads it."""
    request.state.problem = problem.slug  # for whoever counts
    body = ProblemBody(
        type=f"/problems/{problem.slug}",
        title=problem.title,
        status=problem.status,
        detail=detail,
        request_id=request.state.request_id,
        errors=errors,
    )
    shape = shape_for(request.url.path)
    if shape is not None:
        return JSONResponse(shape(body), status_for(body), headers)
    return JSONResponse(body.model_dump(exclude_none=True), problem.status, headers, MEDIA_TYPE)
