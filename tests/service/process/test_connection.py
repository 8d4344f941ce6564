"""The limits of one client's connection, over real sockets.

Each limit is crossed, those in time on an impatient server, and requests within the limits are answered.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import monotonic, sleep

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digitgan.engine.budget import Budget
from service.process.connection import IdleConnections, LimitedConnection
from service.process.listener import reserve
from tests.live import live
from tests.processes import PATIENCE_S
from tests.service.process.clients import connected, read_to_end, send

HEAD_TIMEOUT_S = 1.0


class Impatient(LimitedConnection):
    """A connection with little time for heads."""

    head_timeout_s = HEAD_TIMEOUT_S


async def echo(request: Request) -> Response:
    body = (await request.body()).decode()
    client = request.client.host if request.client else None
    about = {"headers": sorted(request.headers), "method": request.method, "client": client}
    return JSONResponse({"body": body, **about})


async def show(request: Request) -> Response:
    return JSONResponse([request.url.path, request.url.query, request.headers.get("x-a")])


async def refuse_unread(_: Request) -> Response:
    return Response(status_code=413)


async def wait(request: Request) -> Response:
    """Wait until the client has gone; the answer reaches no one."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    HAS_GONE.set()
    return Response()


HAS_GONE = threading.Event()
APP = Starlette(
    routes=[
        Route("/echo", echo, methods=["GET", "POST"]),
        Route("/", show),
        Route("/refuse-unread", refuse_unread, methods=["POST"]),
        Route("/wait", wait),
    ]
)
GET = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"
WAIT = b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: h\r\n"
BODY = b"Content-Length: 4\r\n\r\nbody"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
WEBSOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with live(APP, connection=LimitedConnection, keep_alive_s=1) as client:
        yield client


@pytest.fixture
def connection(server: httpx.Client) -> Iterator[socket.socket]:
    with connected(server) as connection:
        yield connection


@pytest.fixture(scope="module")
def impatient_server() -> Iterator[httpx.Client]:
    with live(APP, connection=Impatient) as client:
        yield client


@pytest.fixture
def impatient(impatient_server: httpx.Client) -> Iterator[socket.socket]:
    with connected(impatient_server) as connection:
        yield connection


def statuses(connection: socket.socket) -> list[bytes]:
    return [head[:3] for head in read_to_end(connection).split(b"HTTP/1.1 ")[1:]]


def test_silent_client_is_disconnected_without_an_answer(impatient: socket.socket) -> None:
    started = monotonic()
    assert read_to_end(impatient) == b""
    assert monotonic() - started < LimitedConnection.head_timeout_s


@pytest.mark.parametrize("before", [b"", GET], ids=["first", "later"])
def test_incomplete_head_times_out(impatient: socket.socket, before: bytes) -> None:
    send(impatient, before + GET[:-3])
    assert statuses(impatient) == ([b"200"] if before else []) + [b"408"]


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        (b"http://host", '["/","",null]'),
        (b"HTTP://host:80", '["/","",null]'),
        (b"http://host?x=1/2?", '["/","x=1/2?",null]'),
        (b"http://host/?x=1", '["/","x=1",null]'),
        (b"/?http://host", '["/","http://host",null]'),
    ],
)
def test_whole_address_without_a_path_means_the_root(connection: socket.socket, target: bytes, wanted: str) -> None:
    send(connection, b"GET %b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" % target)
    assert read_to_end(connection).endswith(wanted.encode())


@pytest.mark.parametrize("target", [b"*", b"host:80", b"//echo", b"http:///", b"http:", b"?x"])
def test_other_forms_of_the_target_are_no_errors_of_the_service(connection: socket.socket, target: bytes) -> None:
    send(connection, b"OPTIONS %b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" % target)
    assert statuses(connection)[0] in (b"400", b"404")


@pytest.mark.parametrize("value", [b"v", b" v", b"v ", b"\t v \t ", b"v" + b" " * 9000])
def test_blanks_around_a_value_are_no_part_of_it(connection: socket.socket, value: bytes) -> None:
    send(connection, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close \r\nX-A:%b\r\n\r\n" % value)
    assert read_to_end(connection).endswith(b'["/","","v"]')


@pytest.mark.parametrize(("n", "status"), [(128, b"200"), (129, b"400"), (12_000, b"400")])
def test_head_with_too_many_fields_is_refused(connection: socket.socket, n: int, status: bytes) -> None:
    send(connection, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + b"A:\r\n" * (n - 2) + b"\r\n")
    assert statuses(connection) == [status]


def test_head_in_pieces_is_answered(connection: socket.socket) -> None:
    for at in range(0, len(GET), 7):
        send(connection, GET[at : at + 7])
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "beginning",
    [b"GET /", b"GET /echo HTTP/1.1\r\nHost: h\r\nX-A: ", b"\r\n\r\n"],
    ids=["target", "field", "empty lines"],
)
def test_too_large_head_is_refused(connection: socket.socket, beginning: bytes) -> None:
    send(connection, beginning)
    filling = b"\r\n" if beginning == b"\r\n\r\n" else b"a"
    for _ in range(400):
        send(connection, filling * 5000)
    assert statuses(connection) == [b"431"]


def test_trailer_fields_do_not_pass_for_header_fields(connection: socket.socket) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Api-Key: mine\r\n\r\n")
    answer = connection.recv(65536)
    assert b'"body":"body"' in answer
    assert b"x-api-key" not in answer


@pytest.mark.parametrize(
    "chunk",
    [b"0\r\nX: ", b"0\r\nX: 1\r\nX: ", b"4;a="],
    ids=["trailer", "later trailer field", "chunk extension"],
)
def test_too_large_trailer_or_chunk_extension_is_refused(connection: socket.socket, chunk: bytes) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n" + chunk)
    for _ in range(400):
        send(connection, b"a" * 5000)
    assert statuses(connection) == [b"431"]


def test_slow_body_is_answered(impatient: socket.socket) -> None:
    send(impatient, POST + b"Transfer-Encoding: chunked\r\n\r\n")
    for part in (b"4\r\nbo", b"dy\r\n", b"0\r\n", b"X: 1\r\n", b"\r\n"):
        sleep(HEAD_TIMEOUT_S / 4)
        send(impatient, part)
    assert b'"body":"body"' in impatient.recv(65536)


def test_connection_closes_while_a_refused_body_still_comes(connection: socket.socket) -> None:
    send(connection, b"POST /refuse-unread HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
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
@pytest.mark.parametrize("is_split", [False, True], ids=["at once", "byte by byte"])
def test_upgrade_offer_is_ignored_and_the_body_is_read(
    connection: socket.socket, offer: bytes, body: bytes, is_split: bool
) -> None:
    for _ in range(2):
        content = POST + offer + body
        for part in [content[i : i + 1] for i in range(len(content))] if is_split else [content]:
            send(connection, part)
        answer = connection.recv(65536)
        assert b'"body":"body"' in answer
        assert b"upgrade" not in answer.partition(b'"headers"')[2].replace(b'"connection"', b"")


def test_body_after_an_upgrade_offer_is_not_a_request(connection: socket.socket) -> None:
    hidden = b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"
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
def test_missing_or_second_host_or_connect_is_a_bad_request(connection: socket.socket, sent: bytes) -> None:
    send(connection, sent)
    assert statuses(connection) == [b"400"]


def test_client_of_ipv4_keeps_its_address_where_both_families_are_served() -> None:
    with reserve("::", 0) as listener, live(APP, listener=listener, connection=LimitedConnection) as client:
        assert client.get("/echo").json()["client"] == "127.0.0.1"


def test_systems_without_an_option_of_tcp_are_served() -> None:
    without = "import socket; del socket.TCP_KEEPIDLE"  # as on macOS; some modules look when they are imported
    subprocess.run([sys.executable, "-c", f"{without}; import {LimitedConnection.__module__}"], check=True)


def test_http_1_0_needs_no_host(connection: socket.socket) -> None:
    send(connection, b"GET /echo HTTP/1.0\r\n\r\n")
    assert statuses(connection) == [b"200"]


def test_pipelined_requests_are_answered_in_order(connection: socket.socket) -> None:
    n = LimitedConnection.max_waiting
    send(connection, b"".join(POST + b"Content-Length: 3\r\n\r\n%03d" % i for i in range(n)))
    answer = b""
    while answer.count(b'"method"') < n:
        answer += connection.recv(65536)
    assert [int(each[:3]) for each in answer.split(b'"body":"')[1:]] == list(range(n))


def test_bytes_before_a_head_do_not_count_towards_its_size(connection: socket.socket) -> None:
    send(connection, POST + b"Content-Length: 100000\r\n\r\n" + bytes(100_000) + GET[:-3])
    answer = b"HTTP/1.1 200 "
    assert connection.recv(len(answer), socket.MSG_WAITALL) == answer
    send(connection, GET[-3:])
    assert statuses(connection)[-1] == b"200"


def test_work_stops_when_a_client_with_waiting_requests_leaves(connection: socket.socket) -> None:
    HAS_GONE.clear()
    send(connection, WAIT + GET)
    connection.close()
    assert HAS_GONE.wait(PATIENCE_S)


def test_invalid_body_is_refused_in_place_of_the_answer(connection: socket.socket) -> None:
    send(connection, POST + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n")
    assert statuses(connection) == [b"400"]


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET /echo HTTP/1.1\r\n\r\n"], ids=["not HTTP", "no host"])
def test_invalid_request_behind_another_does_not_pass_for_its_answer(connection: socket.socket, sent: bytes) -> None:
    send(connection, WAIT + sent)
    assert statuses(connection) == []


def test_client_that_sends_too_many_requests_ahead_is_cut_off(connection: socket.socket) -> None:
    for _ in range(100):
        send(connection, GET * 5000)
    assert read_to_end(connection).count(b"HTTP/1.1 ") <= LimitedConnection.max_waiting


def test_rest_of_an_unneeded_body_is_read_and_the_connection_stays(server: httpx.Client) -> None:
    with connected(server) as connection:
        send(connection, b"POST /refuse-unread HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nhalf")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
        send(connection, b"half" + POST + BODY)
        assert b'"body":"body"' in connection.recv(65536)


def test_idle_connection_stays_as_long_as_it_may_and_a_refused_body_does_not() -> None:
    class Quick(LimitedConnection):
        rest_timeout_s = 0.1

    with (
        live(APP, connection=Quick, keep_alive_s=3600) as server,
        connected(server) as refused,
        connected(server) as idle,
    ):
        send(refused, b"POST /refuse-unread HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nhalf")
        send(idle, b"POST /refuse-unread HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\nhalf")
        assert idle.recv(65536).startswith(b"HTTP/1.1 413 ")
        send(idle, b"half")
        assert statuses(refused) == [b"413"]
        send(idle, POST + BODY)
        assert b'"body":"body"' in idle.recv(65536)


@pytest.mark.parametrize("n_bytes", [10, 2_000_000])
def test_request_whose_body_was_not_announced_is_answered(connection: socket.socket, n_bytes: int) -> None:
    send(connection, POST + b"\r\n{" + b"a" * n_bytes)
    assert statuses(connection) == [b"200"]


def test_connection_that_is_idle_longest_is_closed_beyond_their_number() -> None:
    limited = LimitedConnection.within(Budget(100), IdleConnections(2))
    with live(APP, connection=limited, keep_alive_s=3600) as server, ExitStack() as opened:
        connections = [opened.enter_context(connected(server)) for _ in range(3)]
        server.close()

        def ask(connection: socket.socket) -> bytes:
            send(connection, POST + BODY)
            return connection.recv(65536)

        first, second, third = connections
        assert all(b'"body":"body"' in ask(each) for each in (first, second, first, third))
        assert second.recv(1) == b""
        assert all(b'"body":"body"' in ask(each) for each in (third, first))
