"""How slowly a client may read an answer, over real sockets."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from time import monotonic, sleep

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from digitgan.engine.budget import Budget
from service.process.connection import LimitedConnection, Pace
from tests.live import live
from tests.processes import PATIENCE_S
from tests.service.process.clients import connected, read_to_end, send


class Observed(LimitedConnection):
    """A connection with little time for clients to read; tests see the newest one, and when one is lost."""

    usual_pace = Pace(4 * 1024, 1.0)
    urgent_pace = Pace(2**30, 0.0)
    look_s = 0.1
    newest: "Observed"
    is_lost = threading.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        Observed.newest = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.is_lost.set()


async def echo(_: Request) -> Response:
    return Response()


async def endless(_: Request) -> Response:
    def pieces() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    return StreamingResponse(pieces())


async def stream_until_unsent(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        while not Observed.newest.transport.get_write_buffer_size():
            yield bytes(20_000)
            await asyncio.sleep(0.02)

    return StreamingResponse(pieces())


APP = Starlette(
    routes=[
        Route("/echo", echo),
        Route("/endless", endless),
        Route("/stream-until-unsent", stream_until_unsent),
    ]
)


def test_client_is_served_while_it_reads_and_then_cut_off() -> None:
    with live(APP, connection=Observed) as server, connected(server) as connection:
        Observed.is_lost.clear()
        send(connection, b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        started = monotonic()
        while monotonic() - started < 2.5 * Observed.usual_pace.patience_s:
            assert connection.recv(65536)
            sleep(0.005)
        assert Observed.is_lost.wait(PATIENCE_S)
        read_to_end(connection)  # an endless answer ends only if the server breaks it off


def test_client_that_reads_a_few_bytes_a_second_is_cut_off() -> None:
    with live(APP, connection=Observed) as server, connected(server) as connection:
        Observed.is_lost.clear()
        send(connection, b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        started = monotonic()
        while not Observed.is_lost.wait(0.1):
            connection.recv(30)
            assert monotonic() - started < PATIENCE_S


def test_client_must_read_faster_when_memory_is_scarce() -> None:
    unsent = Budget(100)
    with live(APP, connection=Observed.within(unsent)) as server, connected(server) as connection:
        Observed.is_lost.clear()
        send(connection, b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        assert connection.recv(65536)
        unsent.take(51)
        assert Observed.is_lost.wait(PATIENCE_S)


def test_client_that_leaves_the_last_bytes_unread_is_cut_off() -> None:
    with live(APP, connection=Observed) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((server.base_url.host, server.base_url.port or 80))
        Observed.is_lost.clear()
        send(connection, b"GET /stream-until-unsent HTTP/1.1\r\nHost: h\r\n\r\n")
        assert Observed.is_lost.wait(PATIENCE_S)
