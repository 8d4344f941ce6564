"""Knows connections that are slow, silent, cut off or many. Does not know what was asked; others must be served.

A real process with a short deadline. After each kind it holds as many descriptors as before.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from tests.faults.loads import closed_load, request
from tests.processes import Service, serving, wait_until

DEADLINE_S = 1.5
HEAD = b"POST /generate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
ONE = request("/generate", {"seeds": 1})
STREAM = request("/dataset", {"count": 20_000})
RESET = b"\1\0\0\0\0\0\0\0"  # linger for no time: closing breaks the connection off


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving("--threads", "1", "--request-timeout-s", str(DEADLINE_S)) as service:
        with service.client() as client:
            assert client.post("/generate", json={"seeds": 1}).status_code == 200
        yield service


@pytest.fixture(autouse=True)
def _no_descriptor_is_left(service: Service) -> Iterator[None]:
    before = service.n_descriptors
    yield
    wait_until(lambda: service.n_descriptors <= before)
    with service.client() as client:
        assert client.post("/generate", json={"seeds": 1}).status_code == 200


def connect(service: Service) -> socket.socket:
    url = httpx.URL(service.url)
    return socket.create_connection((url.host, url.port or 80), timeout=10)


def to_the_end(connection: socket.socket) -> bytes:
    """Return all that comes until the service closes the connection."""
    answer = b""
    while part := connection.recv(4096):
        answer += part
    return answer


def served(service: Service) -> int:
    """Return how many requests two clients got answered in half a second, all of them well."""
    outcome = asyncio.run(closed_load(service.url, ONE, clients=2, seconds=0.5))
    assert set(outcome.statuses) == {200}
    return outcome.statuses[200]


def test_heads_that_never_end_keep_nobody_from_being_served(service: Service) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(connect(service)) for _ in range(200)]
        for each in slow:
            each.sendall(b"POST /generate HTTP/1.1\r\nHost: h")
        n = served(service)
        for each in slow:
            each.sendall(b"e")
        print(f"{n} requests served beside {len(slow)} heads that do not end")


def test_bodies_that_never_end_are_given_up(service: Service) -> None:
    with ExitStack() as held:
        slow = [held.enter_context(connect(service)) for _ in range(200)]
        for each in slow:
            each.sendall(ONE[:-3])
        n = served(service)
        for each in slow:
            assert to_the_end(each).startswith(b"HTTP/1.1 408 ")
        print(f"{n} requests served beside {len(slow)} bodies that do not end, each given up")


ENDLESS = {
    "head": (b"GET / HTTP/1.1\r\nHost: h\r\nX: ", b"a"),
    "address": (b"GET /", b"a"),
    "fields after a body": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a"),
    "requests ahead of their answers": (b"", b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_cut_off_and_takes_no_memory(service: Service, what: str) -> None:
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
    print(f"{served(service)} requests served after 20 clients left within 20,000 images each")


def test_ten_thousand_connections_come_and_go(service: Service) -> None:
    for i in range(10_000):
        with connect(service) as connection:
            if i % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if i % 3:
                connection.sendall(ONE[: i % len(ONE)])
    print(f"{served(service)} requests served after 10,000 connections")
