"""The pieces in which answers leave."""

import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from service.process.connection import LimitedConnection
from tests.live import live


async def small(_: Request) -> Response:
    return Response(b"body")


async def streamed(request: Request) -> Response:
    n, size = int(request.query_params["n"]), int(request.query_params["size"])
    return StreamingResponse(iter([bytes([i % 251]) * size for i in range(n)]))


APP = Starlette(routes=[Route("/small", small), Route("/streamed", streamed)])


def test_head_and_body_arrive_together() -> None:
    with live(APP, connection=LimitedConnection) as client, socket.socket() as connection:
        connection.connect((client.base_url.host, client.base_url.port))
        for _ in range(100):
            connection.sendall(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(65536).endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize(("n", "size"), [(1, 0), (3, 10), (500, 1000), (4, 300_000)])
def test_stream_arrives_whole_and_in_order(n: int, size: int) -> None:
    with live(APP, connection=LimitedConnection) as client:
        answer = client.get("/streamed", params={"n": n, "size": size})
    assert answer.content == b"".join(bytes([i % 251]) * size for i in range(n))


def test_last_answer_of_a_connection_is_whole() -> None:
    with live(APP, connection=LimitedConnection) as client:
        for _ in range(20):
            assert httpx.get(client.base_url.join("/small"), headers={"Connection": "close"}).content == b"body"
