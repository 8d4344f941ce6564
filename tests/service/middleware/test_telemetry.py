"""Knows what is told of a request, whatever becomes of it. Does not know who listens."""

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.middleware.telemetry import Telemetry
from service.telemetry.exchange import Exchange

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
VALID = f"00-{TRACE}-00f067aa0ba902b7-01".encode()


def told_of(app: ASGIApp, *headers: tuple[bytes, bytes]) -> Exchange:
    """Return what is told of one request to an application."""
    told: list[Exchange] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        pass

    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": headers, "state": {"request_id": "mine"}}
    asyncio.run(Telemetry(app, [told.append])(scope, receive, send))
    [exchange] = told
    return exchange


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b""})


async def gives_up(scope: Scope, receive: Receive, send: Send) -> None:
    pass


def test_an_answer_is_told_with_its_status_and_its_whole_time() -> None:
    exchange = told_of(answers)
    assert (exchange.status, exchange.route, exchange.request_id) == (204, "", "mine")
    assert exchange.seconds >= 0.01


def test_a_request_without_an_answer_is_told_as_one_whose_client_left() -> None:
    assert told_of(gives_up).status == 499


def test_a_failure_is_told_and_passed_on() -> None:
    told: list[Exchange] = []

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    scope = {"type": "http", "method": "GET", "headers": [], "state": {"request_id": "mine"}}
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Telemetry(fails, [told.append])(scope, None, None))  # type: ignore[arg-type] # neither is used
    assert [(each.status, each.problem) for each in told] == [(500, "internal-error")]


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ([(b"traceparent", VALID)], TRACE),
        ([(b"traceparent", b"00-nonsense")], None),
        ([(b"traceparent", VALID), (b"traceparent", VALID)], None),
        ([], None),
    ],
)
def test_the_trace_is_the_one_that_a_single_valid_header_names(
    headers: list[tuple[bytes, bytes]], trace_id: str | None
) -> None:
    assert told_of(answers, *headers).trace_id == trace_id
