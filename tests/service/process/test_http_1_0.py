"""How an answer ends for a client of HTTP/1.0, whole or broken off."""

import socket
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from service.process.connection import LimitedConnection
from tests.live import live

PIECES = [bytes([i]) * 50_000 for i in range(20)]


async def sized(_: Request) -> Response:
    return Response(b"body")


async def unsized(_: Request) -> Response:
    return StreamingResponse(iter([PIECES[0], b"", *PIECES[1:]]))


async def streamed_with_length(_: Request) -> Response:
    length = str(sum(map(len, PIECES)))
    return StreamingResponse(iter(PIECES), headers={"Content-Length": length})


async def not_modified(_: Request) -> Response:
    return Response(status_code=304)


async def broken(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield PIECES[0]
        raise RuntimeError("on purpose")

    return StreamingResponse(pieces())


APP = Starlette(
    routes=[Route(f"/{each.__name__}", each) for each in (sized, unsized, streamed_with_length, not_modified, broken)]
)


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    with live(APP, connection=LimitedConnection) as client:
        yield client


def ask(server: httpx.Client, path: str, version: str = "1.0", method: str = "GET", field: str = "") -> bytes:
    """Return everything the server sends until it closes the connection."""
    with socket.create_connection((server.base_url.host, server.base_url.port or 80), timeout=30) as connection:
        connection.sendall(f"{method} {path} HTTP/{version}\r\nHost: h\r\n{field}\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("field", ["", "Connection: keep-alive\r\n"], ids=["default", "keep-alive"])
def test_answer_of_unknown_length_has_no_chunks_and_ends_by_closing(server: httpx.Client, field: str) -> None:
    head, _, body = ask(server, "/unsized", field=field).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert b"content-length" not in head.lower()
    assert b"connection: close" in head.lower()
    assert body == b"".join(PIECES)


@pytest.mark.parametrize(
    ("path", "body"), [("/sized", b"body"), ("/streamed_with_length", b"".join(PIECES)), ("/not_modified", b"")]
)
def test_other_answers_are_the_same_as_over_http_1_1(server: httpx.Client, path: str, body: bytes) -> None:
    older, newer = (ask(server, path, version, field="Connection: close\r\n") for version in ("1.0", "1.1"))
    assert older.partition(b"\r\n\r\n")[2] == body
    assert fields(older) == fields(newer)


def test_head_request_gets_no_body(server: httpx.Client) -> None:
    head, _, body = ask(server, "/unsized", method="HEAD").partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert body == b""


def test_http_1_1_client_gets_chunks(server: httpx.Client) -> None:
    answer = server.get("/unsized")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.content == b"".join(PIECES)


def test_broken_off_answer_resets_the_connection(server: httpx.Client) -> None:
    with pytest.raises(ConnectionResetError):
        ask(server, "/broken")
    assert server.get("/sized").content == b"body"


def fields(answer: bytes) -> list[bytes]:
    return sorted(line for line in answer.partition(b"\r\n\r\n")[0].lower().splitlines() if b"date" not in line)
