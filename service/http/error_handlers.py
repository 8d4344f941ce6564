"""Which row of the table of problems answers an exception."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp

from digitgan.contract.documents import shorten
from digitgan.contract.errors import (
    CannotServe,
    Draining,
    EngineError,
    InvalidPlan,
    NotAvailableNow,
    Overloaded,
    PictureRefused,
    RunFailed,
    UnknownModel,
)

from ..access.quota import QuotaExceeded
from . import problems
from .problems import Dialect, Problem, ProblemError, answer
from .routing import allowed_methods
from .validation import InvalidRequest, NotJson, invalid_parameters

log = logging.getLogger(__name__)

_ENGINE: dict[type[EngineError], Problem] = {
    InvalidPlan: problems.INVALID_REQUEST,
    PictureRefused: problems.INVALID_REQUEST,
    UnknownModel: problems.UNKNOWN_MODEL,
    Overloaded: problems.OVERLOADED,
    Draining: problems.DRAINING,
    CannotServe: problems.INTERNAL,
    RunFailed: problems.INTERNAL,
    EngineError: problems.INTERNAL,
}
# Raised as HTTPException, by routes, middleware and the web framework.
_STATUS: dict[int, Problem] = {
    each.status: each
    for each in (
        problems.BAD_REQUEST,
        problems.NOT_FOUND,
        problems.METHOD_NOT_ALLOWED,
        problems.NOT_ACCEPTABLE,
        problems.LENGTH_REQUIRED,
        problems.PRECONDITION_FAILED,
        problems.BODY_TOO_LARGE,
        problems.UNSUPPORTED_MEDIA_TYPE,
        problems.RANGE_NOT_SATISFIABLE,
    )
}


def install(
    app: FastAPI,
    complete: Callable[[ASGIApp], ASGIApp] = lambda answer: answer,
    dialects: Mapping[str, Dialect] = MappingProxyType({}),
) -> None:
    """Answer every error of an application from the table of problems.

    Args:
        app: the application.
        complete: wraps the answer to an unexpected error in the middleware that adds fields to all other answers.
        dialects: how errors look in other protocols, by the first segment of their paths, such as "/v2" or, if the
            service's own protocol has the path too, "POST /models".
    """
    app.state.dialects = dialects

    @app.exception_handler(EngineError)
    async def engine_error(request: Request, error: EngineError) -> Response:
        problem = next(_ENGINE[kind] for kind in type(error).__mro__ if kind in _ENGINE)
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, NotAvailableNow) else None
        errors, detail = None, str(error)
        if isinstance(error, InvalidPlan | UnknownModel):
            errors = [ProblemError(pointer=f"/{error.field}", message=str(error))]
        if problem is problems.INTERNAL:
            _log_failure(request, error)
        if isinstance(error, CannotServe):
            detail = problems.CANNOT_SERVE
        return answer(request, problem, detail, errors=errors, headers=headers)

    @app.exception_handler(QuotaExceeded)
    async def quota_error(request: Request, error: QuotaExceeded) -> Response:
        return problems.quota_exceeded(request, error)

    @app.exception_handler(NotJson)
    async def not_json(request: Request, error: NotJson) -> Response:
        return answer(request, problems.NOT_JSON, str(error))

    @app.exception_handler(InvalidRequest)
    async def invalid_request(request: Request, error: InvalidRequest) -> Response:
        return answer(request, problems.INVALID_REQUEST, str(error), errors=error.errors)

    @app.exception_handler(RequestValidationError)
    async def invalid_address(request: Request, error: RequestValidationError) -> Response:
        return await invalid_request(request, invalid_parameters(error.errors(), request.scope["endpoint"]))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        problem, headers = _STATUS.get(error.status_code, problems.INTERNAL), dict(error.headers or {})
        if "Allow" in headers:  # of the first route with this path only
            headers["Allow"] = ", ".join(allowed_methods(app, request.scope))
        detail = error.detail
        if detail == HTTPStatus(error.status_code).phrase:  # the web framework's own errors say no more
            what = f"{request.method} {shorten(request.url.path)}"
            methods = f"; allowed methods: {headers['Allow']}" if "Allow" in headers else ""
            detail = f"{what}: {error.detail.lower()}{methods}. {problem.cure}"
        return answer(request, problem, detail, headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def client_gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # the client is gone, and this is no error of the service to log

    @app.exception_handler(Exception)
    async def unexpected_error(request: Request, error: Exception) -> ASGIApp:
        _log_failure(request, error)
        # Starlette answers these outside of all middleware, so the id is not on the answer yet, and then raises the
        # exception again. The server closes the connection then, so a client must not send its next request over it.
        headers = {"X-Request-Id": request.state.request_id, "Connection": "close"}
        return complete(answer(request, problems.INTERNAL, "unexpected error", headers=headers))


def _log_failure(request: Request, error: Exception) -> None:
    about = {"request_id": request.state.request_id, "trace_id": getattr(request.state, "trace_id", None)}
    log.error("request failed", exc_info=error, extra=about)
