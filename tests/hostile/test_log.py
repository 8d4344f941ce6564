"""A client's invalid requests, and a log that nobody reads, hold up nobody."""

import json
import os
import signal
import socket
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, serving

pytestmark = pytest.mark.long


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[str, ...]:
    """Return the arguments that serve a tiny model."""
    deploy(tmp_path, a_card(a_graph()), a_graph())
    return "--models-dir", str(tmp_path), "--default-model", "tiny"


def send_invalid(url: str, n: int) -> None:
    """Send invalid requests, each over a new connection, and read their answers."""
    address = urlsplit(url)
    for _ in range(n):
        with socket.create_connection((address.hostname, address.port), timeout=10) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_invalid_requests_leave_a_few_lines_and_their_count(tiny: tuple[str, ...], log_format: str) -> None:
    with serving(*tiny, "--log-format", log_format) as service:
        send_invalid(service.url, 300)
        service.end()
    lines = [line for line in service.log.splitlines() if "Invalid HTTP request" in line]
    assert 20 < len(lines) < 150, "20 in each period of 10 s, and a line for the others"
    if log_format == "json":
        lines = [json.loads(line)["message"] for line in lines]
    left_out = [int(line.split(" more like this")[0].split()[-1]) for line in lines if "left out" in line]
    assert sum(left_out) + len(lines) - len(left_out) == 300


@pytest.mark.parametrize("workers", ["1", "2"])
def test_unread_log_holds_up_neither_requests_nor_the_end(tiny: tuple[str, ...], workers: str) -> None:
    with serving(*tiny, "--access-log", "true", "--workers", workers) as service:
        send_invalid(service.url, 100)
        with service.client() as client:
            for _ in range(1500):  # 64 KiB, which a pipe holds, are about 400 lines
                assert client.get("/health/live").status_code == 200
        began = monotonic()
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0
        assert monotonic() - began < 15


def test_unread_log_does_not_keep_dead_workers_from_being_replaced(tiny: tuple[str, ...]) -> None:
    with serving(*tiny, "--access-log", "true", "--workers", "2") as service:
        with service.client() as client:
            for _ in range(600):
                assert client.get("/health/live").status_code == 200
        for _ in range(2):
            victim = service.workers(2)[0]
            os.kill(victim, signal.SIGKILL)
            service.workers(2, without=victim)
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0


def test_access_log_is_complete_after_an_ordinary_end(tiny: tuple[str, ...]) -> None:
    with serving(*tiny, "--access-log", "true") as service:
        with service.client() as client:
            for _ in range(200):
                assert client.get("/models").status_code == 200
        service.end()
    assert service.log.count("answered") == 200
