"""When work is cancelled: too late, or for a client that has gone. A gate holds the models here."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from time import monotonic, sleep

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Message

from digitgan.engine.engine import Engine
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds
from service.http import error_handlers
from service.middleware.deadline import Deadline
from service.middleware.request_id import RequestId
from tests.backends import EchoBackend, Gate
from tests.live import live
from tests.processes import PATIENCE_S, wait_until
from tests.service.problems import problem

LIMIT_S = 30.0  # longer than anything takes that must be in time
SOON_S = 1.0  # where a test waits for the limit


class Held:
    """A service whose model waits at a gate."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.gate = Gate()
        self.backend = EchoBackend(before_run=self.gate)
        self.engine = Engine([self.backend], default_model="tiny", batch_images=8, queue_images=100, inline_images=0)
        self.app = FastAPI()
        error_handlers.install(self.app)

        @self.app.post("/{n}")
        async def generate(request: Request, n: int) -> PlainTextResponse:
            await request.body()
            await self.engine.generate(Plan(source=Seeds(range(n))))
            return PlainTextResponse("done")

        @self.app.get("/stream")
        async def stream() -> StreamingResponse:
            async def pieces() -> AsyncIterator[bytes]:
                for _ in range(4):
                    yield b"piece"
                    await asyncio.sleep(SOON_S / 3)

            return StreamingResponse(pieces())

        @self.app.get("/unread/{n}")
        async def get(n: int) -> PlainTextResponse:
            await self.engine.generate(Plan(source=Seeds(range(n))))
            return PlainTextResponse("done")

        self.app.add_middleware(Deadline, request_timeout_s=limit_s, retry_after_s=lambda: self.engine.drained_after_s)
        self.app.add_middleware(RequestId)

    @property
    def admitted(self) -> int:
        return self.engine._admission.admitted


@contextmanager
def holding(held: Held) -> Iterator[Held]:
    try:
        yield held
    finally:
        held.gate.open.set()
        held.engine.close()


@pytest.fixture
def held() -> Iterator[Held]:
    with holding(Held()) as held:
        yield held


@pytest.fixture
def soon() -> Iterator[Held]:
    """Yield a service that cancels its requests soon."""
    with holding(Held(SOON_S)) as held:
        yield held


def connect(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=PATIENCE_S)


def test_late_request_gets_a_retry_time_and_no_model_run(held: Held) -> None:
    with live(held.app) as client, ThreadPoolExecutor(1) as others:
        first = others.submit(client.post, "/3")
        assert held.gate.entered.wait(PATIENCE_S)
        late = client.post("/5", headers={"X-Request-Timeout": "0.2"})
        assert "within 0.2 s" in problem(late, 503, "deadline-passed")["detail"]
        assert int(late.headers["retry-after"]) >= 1
        assert held.admitted == 3  # its room was given back
        held.gate.open.set()
        assert first.result().status_code == 200
        assert client.post("/2").status_code == 200
    assert held.backend.batches == [3, 2]


def test_request_of_a_gone_client_gets_no_model_run(held: Held) -> None:
    with live(held.app) as client, ThreadPoolExecutor(1) as others:
        first = others.submit(client.post, "/3")
        assert held.gate.entered.wait(PATIENCE_S)
        with connect(client) as leaving:
            leaving.sendall(b"POST /5 HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}")
            wait_until(lambda: held.admitted == 8)
        waited_s = wait_until(lambda: held.admitted == 3)
        assert waited_s < LIMIT_S / 2  # so its deadline had not passed
        held.gate.open.set()
        assert first.result().status_code == 200
    assert held.backend.batches == [3]


def test_client_cannot_extend_the_time_limit(soon: Held) -> None:
    with live(soon.app) as client:
        started = monotonic()
        answer = client.post("/3", headers={"X-Request-Timeout": "100"})
        assert SOON_S <= monotonic() - started < 100
        assert "within 1 s" in problem(answer, 503, "deadline-passed")["detail"]


@pytest.mark.parametrize("given", ["", "0", "0.0", "-1", "1e3", "nan", "inf", "2s", ".5", "1,5", "1_0", "9" * 10])
def test_invalid_timeout_is_refused(held: Held, given: str) -> None:
    with live(held.app) as client:
        answer = client.post("/3", headers={"X-Request-Timeout": given})
        assert (
            f"must be a number of seconds above 0, such as 2 or 0.5, not {given!r}"
            in problem(answer, 400, "invalid-timeout")["detail"]
        )
    assert not held.backend.batches


@pytest.mark.parametrize("given", ["10", "9.5", "30.000", "007"])
def test_timeout_is_a_decimal_number_of_seconds(held: Held, given: str) -> None:
    held.gate.open.set()
    with live(held.app) as client:
        assert client.post("/3", headers={"X-Request-Timeout": given}).status_code == 200


def test_late_request_with_an_empty_body_is_not_a_slow_body(held: Held) -> None:
    with live(held.app) as client:
        late = client.get("/unread/3", headers={"X-Request-Timeout": "0.2", "Content-Length": "0"})
        assert problem(late, 503, "deadline-passed")


def test_body_that_does_not_arrive_times_out(soon: Held) -> None:
    soon.gate.open.set()
    with live(soon.app) as client, connect(client) as slow:
        slow.sendall(b"POST /3 HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
        sleep(SOON_S / 4)
        slow.sendall(b" ")
        answer = b""
        with suppress(ConnectionResetError):
            while part := slow.recv(4096):  # to the end: the connection is closed
                answer += part
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/body-too-slow" in answer
    assert not soon.backend.batches


def test_slow_body_that_arrives_in_time_is_read(held: Held) -> None:
    held.gate.open.set()
    with live(held.app) as client, connect(client) as slow:
        slow.sendall(b"POST /3 HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
        for _ in range(4):
            sleep(0.1)
            slow.sendall(b" ")
        assert slow.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_stream_that_has_started_has_no_time_limit(soon: Held) -> None:
    with live(soon.app) as client:
        assert client.get("/stream").text == "piece" * 4


def test_client_that_leaves_within_its_body_is_not_an_error(held: Held, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), live(held.app) as client:
        with connect(client) as leaving:
            leaving.sendall(b"POST /3 HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
            sleep(0.05)
        sleep(0.05)
        assert client.get("/nothing").status_code in (404, 405)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_timeout_of_the_application_is_passed_on() -> None:
    async def fail(scope: object, receive: object, send: object) -> None:
        raise TimeoutError("its own")

    async def never() -> Message:
        raise AssertionError("nothing is received")

    async def unsent(message: Message) -> None:
        raise AssertionError("nothing is sent")

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(Deadline(fail, 1.0, lambda: 1)({"type": "http", "headers": []}, never, unsent))
