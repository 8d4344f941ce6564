"""Knows what a client can cost by what it sends beside requests, or does not send. Does not know what is asked.

Real sockets. Each bound is crossed, those in time by a hasty server, and what stays within it is answered.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from service.process.bounded_connection import BoundedConnection
from tests.live import live
from tests.processes import PATIENCE_S

HASTE_S = 1.0


class Hasty(BoundedConnection):
    """The same, with less patience for heads."""

    head_s = HASTE_S


class Attentive(BoundedConnection):
    """The same, with less patience for who does not read; the last one is known, and when one is lost."""

    unread_s = 1.0
    last: "Attentive"
    is_lost = threading.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        Attentive.last = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.is_lost.set()


async def echo(request: Request) -> Response:
    body = (await request.body()).decode()
    return JSONResponse({"body": body, "headers": sorted(request.headers), "method": request.method})


async def unheard(_: Request) -> Response:
    return Response(status_code=413)


async def endless(_: Request) -> Response:
    def pieces() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    return StreamingResponse(pieces())


async def until_some_is_unsent(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        while not Attentive.last.transport.get_write_buffer_size():
            yield bytes(20_000)
            await asyncio.sleep(0.02)

    return StreamingResponse(pieces())


async def waits(request: Request) -> Response:
    """Answer nobody: wait until the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    HAS_GONE.set()
    return Response()


HAS_GONE = threading.Event()
APP = Starlette(
    routes=[
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/unheard", unheard, methods=["POST"]),
        Route("/endless", endless),
        Route("/until-some-is-unsent", until_some_is_unsent),
        Route("/waits", waits),
    ]
)
GET = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"
WAIT = b"GET /waits HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: h\r\n"
BODY = b"Content-Length: 4\r\n\r\nbody"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
WEBSOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a\r\n"


@contextmanager
def connected(server: httpx.Client) -> Iterator[socket.socket]:
    """Yield a connection to a server that answers others afterwards, too."""
    address = server.base_url.host, server.base_url.port or 80
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        yield connection
    assert httpx.get(server.base_url.join("/echo"), timeout=PATIENCE_S).status_code == 200


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with live(APP, http=BoundedConnection, timeout_keep_alive=1) as client:
        yield client


@pytest.fixture
def connection(server: httpx.Client) -> Iterator[socket.socket]:
    with connected(server) as connection:
        yield connection


@pytest.fixture(scope="module")
def hasty_server() -> Iterator[httpx.Client]:
    with live(APP, http=Hasty) as client:
        yield client


@pytest.fixture
def hasty(hasty_server: httpx.Client) -> Iterator[socket.socket]:
    with connected(hasty_server) as connection:
        yield connection


def to_the_end(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection, or breaks it off."""
    answer = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            answer += part
    return answer


def statuses(connection: socket.socket) -> list[bytes]:
    return [head[:3] for head in to_the_end(connection).split(b"HTTP/1.1 ")[1:]]


def send(connection: socket.socket, content: bytes) -> None:
    """Send as much as is taken."""
    with suppress(ConnectionError):
        connection.sendall(content)


def test_who_asks_nothing_is_let_go_without_a_word(hasty: socket.socket) -> None:
    started = monotonic()
    assert to_the_end(hasty) == b""
    assert monotonic() - started < BoundedConnection.head_s


@pytest.mark.parametrize("before", [b"", GET], ids=["first", "later"])
def test_a_head_that_does_not_end_is_given_up(hasty: socket.socket, before: bytes) -> None:
    send(hasty, before + GET[:-3])
    assert statuses(hasty) == ([b"200"] if before else []) + [b"408"]


def test_a_head_in_pieces_is_waited_for(connection: socket.socket) -> None:
    for at in range(0, len(GET), 7):
        send(connection, GET[at : at + 7])
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "beginning",
    [b"GET /", b"GET /echo HTTP/1.1\r\nHost: h\r\nX-A: ", b"\r\n\r\n"],
    ids=["target", "field", "empty lines"],
)
def test_a_head_that_is_too_large_is_refused(connection: socket.socket, beginning: bytes) -> None:
    send(connection, beginning)
    filling = b"\r\n" if beginning == b"\r\n\r\n" else b"a"
    for _ in range(400):
        send(connection, filling * 5000)
    assert statuses(connection) == [b"431"]


def test_fields_after_a_body_are_not_taken_for_those_of_the_head(connection: socket.socket) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Api-Key: mine\r\n\r\n")
    answer = connection.recv(65536)
    assert b'"body":"body"' in answer
    assert b"x-api-key" not in answer


@pytest.mark.parametrize(
    "chunk",
    [b"0\r\nX: ", b"0\r\nX: 1\r\nX: ", b"4;a="],
    ids=["fields after a body", "later fields", "what may stand beside a chunk's length"],
)
def test_what_is_no_body_is_bounded_too(connection: socket.socket, chunk: bytes) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n" + chunk)
    for _ in range(400):
        send(connection, b"a" * 5000)
    assert statuses(connection) == [b"431"]


def test_a_body_that_comes_slowly_is_waited_for(hasty: socket.socket) -> None:
    send(hasty, POST + b"Transfer-Encoding: chunked\r\n\r\n")
    for part in (b"4\r\nbo", b"dy\r\n", b"0\r\n", b"X: 1\r\n", b"\r\n"):
        sleep(HASTE_S / 4)
        send(hasty, part)
    assert b'"body":"body"' in hasty.recv(65536)


def test_a_body_that_was_refused_does_not_keep_the_connection(connection: socket.socket) -> None:
    send(connection, b"POST /unheard HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
    started = monotonic()
    connection.settimeout(0.1)
    answer = b""
    with suppress(ConnectionError):
        while monotonic() - started < PATIENCE_S:
            connection.sendall(b"a")
            with suppress(TimeoutError):
                if not (part := connection.recv(65536)):
                    break
                answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert monotonic() - started < PATIENCE_S


@pytest.mark.parametrize("offer", [OFFER, WEBSOCKET], ids=["h2c", "websocket"])
@pytest.mark.parametrize(
    "body", [BODY, b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"], ids=["sized", "chunked"]
)
@pytest.mark.parametrize("is_split", [False, True], ids=["in one piece", "byte by byte"])
def test_an_offer_of_another_protocol_costs_neither_body_nor_connection(
    connection: socket.socket, offer: bytes, body: bytes, is_split: bool
) -> None:
    for _ in range(2):
        content = POST + offer + body
        for part in [content[i : i + 1] for i in range(len(content))] if is_split else [content]:
            send(connection, part)
        answer = connection.recv(65536)
        assert b'"body":"body"' in answer
        assert b"upgrade" not in answer.partition(b'"headers"')[2].replace(b'"connection"', b"")


def test_what_follows_an_offer_is_no_request_of_its_own(connection: socket.socket) -> None:
    hidden = b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n"
    send(connection, POST + OFFER + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden + GET)
    assert statuses(connection) == [b"200", b"200"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /echo HTTP/1.1\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    ],
)
def test_what_is_for_no_host_or_for_another_is_a_bad_request(connection: socket.socket, sent: bytes) -> None:
    send(connection, sent)
    assert statuses(connection) == [b"400"]


def test_a_client_of_http_1_0_needs_no_host(connection: socket.socket) -> None:
    send(connection, b"GET /echo HTTP/1.0\r\n\r\n")
    assert statuses(connection) == [b"200"]


def test_requests_ahead_of_their_answers_are_answered_in_order(connection: socket.socket) -> None:
    n = BoundedConnection.most_ahead
    send(connection, b"".join(POST + b"Content-Length: 3\r\n\r\n%03d" % i for i in range(n)))
    answer = b""
    while answer.count(b'"method"') < n:
        answer += connection.recv(65536)
    assert [int(each[:3]) for each in answer.split(b'"body":"')[1:]] == list(range(n))


def test_a_head_is_not_too_large_for_what_came_with_it(connection: socket.socket) -> None:
    send(connection, POST + b"Content-Length: 100000\r\n\r\n" + bytes(100_000) + GET[:-3])
    answer = b"HTTP/1.1 200 "
    assert connection.recv(len(answer), socket.MSG_WAITALL) == answer
    send(connection, GET[-3:])
    assert statuses(connection)[-1] == b"200"


def test_who_leaves_while_requests_wait_is_worked_for_no_more(connection: socket.socket) -> None:
    HAS_GONE.clear()
    send(connection, WAIT + GET)
    connection.close()
    assert HAS_GONE.wait(PATIENCE_S)


def test_a_fault_of_a_body_is_told_in_place_of_the_answer(connection: socket.socket) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n")
    assert statuses(connection) == [b"400"]


@pytest.mark.parametrize("fault", [b"nonsense\r\n\r\n", b"GET /echo HTTP/1.1\r\n\r\n"], ids=["no HTTP", "no host"])
def test_a_fault_of_what_follows_does_not_pass_for_the_answer(connection: socket.socket, fault: bytes) -> None:
    send(connection, WAIT + fault)
    assert statuses(connection) == []


def test_who_runs_too_far_ahead_is_cut_off(connection: socket.socket) -> None:
    for _ in range(100):
        send(connection, GET * 5000)
    assert to_the_end(connection).count(b"HTTP/1.1 ") <= BoundedConnection.most_ahead


def test_who_reads_on_is_served_on_and_who_does_not_is_cut_off() -> None:
    with live(APP, http=Attentive) as server, connected(server) as connection:
        send(connection, b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        started = monotonic()
        while monotonic() - started < 2.5 * Attentive.unread_s:
            assert connection.recv(65536)
            sleep(0.005)
        sleep(4 * Attentive.unread_s)
        to_the_end(connection)  # of an answer that has none


def test_who_leaves_the_last_bytes_of_an_answer_unread_is_cut_off() -> None:
    with live(APP, http=Attentive) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((server.base_url.host, server.base_url.port or 80))
        Attentive.is_lost.clear()
        send(connection, b"GET /until-some-is-unsent HTTP/1.1\r\nHost: h\r\n\r\n")
        assert Attentive.is_lost.wait(PATIENCE_S)
