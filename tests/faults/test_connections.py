"""Connections that are slow, silent, cut off or many, while others are served.

The service is a real process with a short deadline. After each test it holds no more descriptors than before.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.faults.loads import closed_load, request
from tests.processes import PATIENCE_S, Service, serving, wait_until

DEADLINE_S = 3
HEAD = b"POST /generate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
ONE = request("/generate", {"seeds": 1})
STREAM = request("/dataset", {"count": 20_000})
RESET = b"\1\0\0\0\0\0\0\0"  # no lingering: closing resets the connection


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving("--threads", "1", "--request-timeout-s", str(DEADLINE_S)) as service:
        with service.client() as client:
            assert client.post("/generate", json={"seeds": 1}).status_code == 200
        yield service


@pytest.fixture(autouse=True)
def _no_descriptor_leaks(service: Service) -> Iterator[None]:
    before = service.n_descriptors
    yield
    wait_until(lambda: service.n_descriptors <= before)
    with service.client() as client:
        assert client.post("/generate", json={"seeds": 1}).status_code == 200


def connect(service: Service) -> socket.socket:
    url = httpx.URL(service.url)
    return socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S)


def read_to_end(connection: socket.socket) -> bytes:
    """Return everything the service sends until it closes the connection."""
    answer = b""
    while part := connection.recv(4096):
        answer += part
    return answer


def count_served(service: Service) -> int:
    """Return the number of requests of two clients that were answered in half a second, all with 200."""
    outcome = asyncio.run(closed_load(service.url, ONE, clients=2, seconds=0.5))
    assert set(outcome.statuses) == {200}
    return outcome.statuses[200]


def test_endless_heads_keep_no_other_client_from_being_served(service: Service) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(connect(service)) for _ in range(200)]
        for each in slow:
            each.sendall(b"POST /generate HTTP/1.1\r\nHost: h")
        n = count_served(service)
        for each in slow:
            each.sendall(b"e")
        print(f"{n} requests served beside {len(slow)} heads that do not end")


def test_endless_bodies_time_out(service: Service) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(connect(service)) for _ in range(200)]
        for each in slow:
            each.sendall(ONE[:-3])
        n = count_served(service)
        for each in slow:
            assert read_to_end(each).startswith(b"HTTP/1.1 408 ")
        print(f"{n} requests served beside {len(slow)} bodies that do not end, each timed out")


ENDLESS = {
    "head": (b"GET / HTTP/1.1\r\nHost: h\r\nX: ", b"a"),
    "path": (b"GET /", b"a"),
    "trailer": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a"),
    "pipelined requests": (b"", b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_endless_input_is_cut_off_and_takes_no_memory(service: Service, what: str) -> None:
    beginning, more = ENDLESS[what]
    before, n_bytes = service.resident_mib, 0
    more *= 1_000_000 // len(more)
    with connect(service) as connection, suppress(ConnectionError):
        connection.sendall(beginning)
        while n_bytes < 50_000_000:
            connection.sendall(more)
            n_bytes += len(more)
    print(
        f"{what}: cut off after {n_bytes / 1e6:.0f} MB at most, {service.resident_mib - before:.0f} MiB more in memory"
    )
    assert n_bytes < 50_000_000
    assert service.resident_mib - before < 30


def test_clients_that_vanish_within_an_answer_stop_it(service: Service) -> None:
    for _ in range(20):
        with connect(service) as leaving:
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            leaving.sendall(STREAM)
            assert leaving.recv(1000).startswith(b"HTTP/1.1 200 ")
    print(f"{count_served(service)} requests served after 20 clients left within 20,000 images each")


def test_ten_thousand_connections_come_and_go(service: Service) -> None:
    for i in range(10_000):
        with connect(service) as connection:
            if i % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if i % 3:
                connection.sendall(ONE[: i % len(ONE)])
    print(f"{count_served(service)} requests served after 10,000 connections")
