"""What is recorded about a request, whether it succeeds, fails or is abandoned."""

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.middleware.telemetry import Telemetry
from service.telemetry.records import InProgress, RequestRecord

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
VALID = f"00-{TRACE}-00f067aa0ba902b7-01".encode()


def record_of(app: ASGIApp, *headers: tuple[bytes, bytes]) -> RequestRecord:
    """Return the record of one request to an application."""
    records: list[RequestRecord] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        pass

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/a b",
        "headers": headers,
        "state": {"request_id": "mine"},
    }
    asyncio.run(Telemetry(app, [records.append], InProgress())(scope, receive, send))
    [record] = records
    return record


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b"1234", "more_body": True})
    await send({"type": "http.response.body", "body": b"5"})


async def end_without_answer(scope: Scope, receive: Receive, send: Send) -> None:
    pass


def test_answer_is_recorded_with_its_status_and_whole_time() -> None:
    record = record_of(answer)
    assert (record.status, record.route, record.request_id) == (200, "", "mine")
    assert (record.path, record.sent_bytes) == ("/a%20b", 5)
    assert record.seconds >= 0.01


def test_request_without_an_answer_is_recorded_as_client_left() -> None:
    assert record_of(end_without_answer).status == 499


def test_failure_is_recorded_and_passed_on() -> None:
    records: list[RequestRecord] = []

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "state": {"request_id": "mine"}}
    in_progress = InProgress()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Telemetry(fail, [records.append], in_progress)(scope, None, None))  # type: ignore[arg-type] # both are unused
    assert in_progress.n == 0
    assert [(each.status, each.problem) for each in records] == [(500, "internal-error")]


@pytest.mark.parametrize(
    ("headers", "trace_id"),
    [
        ([(b"traceparent", VALID)], TRACE),
        ([(b"traceparent", b"00-nonsense")], None),
        ([(b"traceparent", VALID), (b"traceparent", VALID)], None),
        ([], None),
    ],
)
def test_trace_is_the_one_of_a_single_valid_header(headers: list[tuple[bytes, bytes]], trace_id: str | None) -> None:
    assert record_of(answer, *headers).trace_id == trace_id
