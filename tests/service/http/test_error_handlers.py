"""Which problem answers each exception, and how."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from digitgan.contract.errors import (
    CannotServe,
    Draining,
    EngineError,
    InvalidPlan,
    ModelRefused,
    Overloaded,
    RunFailed,
    UnknownModel,
)
from service.access.quota import QuotaExceeded
from service.http import error_handlers
from service.http.problems import CANNOT_SERVE, PROBLEMS
from service.middleware.request_id import RequestId
from service.middleware.security_headers import SecurityHeaders
from tests.live import live

RAISED: dict[str, Exception] = {
    "invalid-plan": InvalidPlan("labels/3", "a label is at most 9"),
    "unknown-model": UnknownModel("version", "no version 7"),
    "overloaded": Overloaded("full", 17),
    "draining": Draining("closing", 2),
    "quota": QuotaExceeded("too much", 30),
    "cannot-serve": CannotServe("no model"),
    "model-refused": ModelRefused("a changed byte"),
    "run-failed": RunFailed("the model run failed"),
    "engine-error": EngineError("something"),
    "unexpected": ZeroDivisionError("the secret cause"),
}


def kinds(of: type[EngineError] = EngineError) -> Iterator[type[EngineError]]:
    yield of
    for each in of.__subclasses__():
        yield from kinds(each)


@pytest.fixture(scope="module")
def failing() -> Iterator[httpx.Client]:
    """Yield a client of an application whose every path fails in its own way."""
    app = FastAPI()
    error_handlers.install(app, lambda answer: SecurityHeaders(answer, is_open_to_origins=False))

    @app.get("/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name]

    app.add_middleware(RequestId)
    with live(app) as client:
        yield client


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_engine_error_has_a_problem(kind: type[EngineError]) -> None:
    rows = [error_handlers._ENGINE[each] for each in kind.__mro__ if each in error_handlers._ENGINE]
    assert rows[0].slug in PROBLEMS
    assert rows[0].slug != "internal-error" or issubclass(kind, CannotServe | RunFailed) or kind.__subclasses__()


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("invalid-plan", 422, "invalid-request"),
        ("unknown-model", 404, "unknown-model"),
        ("overloaded", 503, "overloaded"),
        ("draining", 503, "draining"),
        ("quota", 429, "quota-exceeded"),
        ("cannot-serve", 500, "internal-error"),
        ("model-refused", 500, "internal-error"),
        ("run-failed", 500, "internal-error"),
        ("engine-error", 500, "internal-error"),
        ("unexpected", 500, "internal-error"),
    ],
)
def test_exceptions_are_answered_as_problems_with_the_request_id(
    failing: httpx.Client, path: str, status: int, slug: str
) -> None:
    answer = failing.get(f"/{path}", headers={"X-Request-Id": "mine"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "mine"
    body = answer.json()
    assert (answer.status_code, body["status"], body["type"]) == (status, status, f"/problems/{slug}")
    assert body["request_id"] == "mine"
    assert body["title"] == PROBLEMS[slug].title
    assert body["detail"]


@pytest.mark.parametrize("path", ["cannot-serve", "model-refused"])
def test_what_is_for_the_operator_is_not_answered(failing: httpx.Client, path: str) -> None:
    answer = failing.get(f"/{path}")
    assert str(RAISED[path]) not in answer.text
    assert answer.json()["detail"] == CANNOT_SERVE


def test_the_field_at_fault_is_named_by_a_pointer(failing: httpx.Client) -> None:
    assert failing.get("/invalid-plan").json()["errors"] == [
        {"pointer": "/labels/3", "message": "a label is at most 9"}
    ]


@pytest.mark.parametrize(("path", "seconds"), [("overloaded", "17"), ("draining", "2"), ("quota", "30")])
def test_temporary_problems_say_when_to_retry(failing: httpx.Client, path: str, seconds: str) -> None:
    assert failing.get(f"/{path}").headers["retry-after"] == seconds


@pytest.mark.parametrize("path", ["unexpected", "run-failed", "cannot-serve"])
def test_the_log_has_the_cause_under_the_request_id(
    failing: httpx.Client, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR, logger="service.http.error_handlers"):
        failing.get(f"/{path}", headers={"X-Request-Id": f"id-of-{path}"})
    [record] = [record for record in caplog.records if record.name == "service.http.error_handlers"]
    assert (record.getMessage(), vars(record)["request_id"]) == ("request failed", f"id-of-{path}")
    assert record.exc_info is not None and record.exc_info[1] is RAISED[path]


def test_unexpected_errors_announce_that_the_connection_closes(failing: httpx.Client) -> None:
    assert failing.get("/unexpected").headers["connection"] == "close"


def test_unexpected_errors_have_the_fields_of_all_answers(failing: httpx.Client) -> None:
    assert failing.get("/unexpected").headers["referrer-policy"] == "no-referrer"


def test_clients_do_not_see_the_cause_of_unexpected_errors(failing: httpx.Client) -> None:
    assert "secret" not in failing.get("/unexpected").text
