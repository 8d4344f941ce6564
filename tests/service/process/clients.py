"""A client that writes HTTP byte by byte, as no library would."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from tests.processes import PATIENCE_S


@contextmanager
def connected(server: httpx.Client) -> Iterator[socket.socket]:
    """Yield a connection to a server; afterwards the server must still answer others."""
    address = server.base_url.host, server.base_url.port or 80
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        yield connection
    assert httpx.get(server.base_url.join("/echo"), timeout=PATIENCE_S).status_code == 200


def read_to_end(connection: socket.socket) -> bytes:
    """Return everything the server sends until it closes the connection or breaks it off."""
    answer = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            answer += part
    return answer


def send(connection: socket.socket, content: bytes) -> None:
    """Send as much as the server accepts."""
    with suppress(ConnectionError):
        connection.sendall(content)
