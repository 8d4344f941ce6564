"""Clients that disconnect at any moment do not disturb others."""

import json
import socket

import httpx
import pytest

from tests.processes import PATIENCE_S, wait_until

BODY = json.dumps({"count": 64}).encode()
HEAD = b"POST /generate HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
REQUEST = HEAD + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


def vanish(service: httpx.Client, sent: bytes) -> None:
    """Send the start of a request, then reset the connection."""
    url = service.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closing resets the connection
        connection.sendall(sent)


@pytest.mark.parametrize(
    "sent",
    [b"", REQUEST[:10], HEAD, REQUEST[:-3], REQUEST, REQUEST * 3, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"],
    ids=["nothing", "half a line", "half a head", "half a body", "a whole request", "a pipeline", "half a chunk"],
)
def test_vanished_clients_leave_others_their_answers(service: httpx.Client, sent: bytes) -> None:
    for _ in range(5):
        vanish(service, sent)
    answer = service.post("/generate", json={"seeds": [1, 2]})
    assert answer.status_code == 200
    assert len(answer.json()["images"]) == 2


def test_vanished_clients_give_back_their_room_in_the_queue(service: httpx.Client) -> None:
    for _ in range(100):  # more images than the queue holds
        vanish(service, REQUEST)

    def has_room() -> bool:
        answer = service.post("/generate", json={"count": 1024})
        assert answer.status_code == 200 or (answer.status_code == 503 and answer.headers["retry-after"])
        return answer.status_code == 200

    wait_until(has_room)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_invalid_http_is_a_bad_request(service: httpx.Client, noise: bytes) -> None:
    url = service.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S) as connection:
        connection.sendall(noise)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert service.get("/health/live").status_code == 200
