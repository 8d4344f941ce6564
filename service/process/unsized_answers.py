"""Knows how an answer of unknown length ends for a client of HTTP/1.0, which knows no chunks: with the connection.

Does not know what is answered. The web server beneath sends such an answer in chunks, whoever asks.

Source: RFC 9112, sections 6.1 (who may be sent chunks) and 6.3 (what ends a body).
"""

import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.process.joined_writes import JoinedWrites

_AT_ONCE = struct.pack("ii", 1, 0)  # for SO_LINGER: closing then resets the connection


class UnsizedAnswers(JoinedWrites):
    """The server's protocol, which sends chunks to those alone who know them."""

    def on_headers_complete(self) -> None:
        """Begin a request."""
        super().on_headers_complete()
        if self.parser.get_http_version() != "1.1":
            _send_without_chunks(self.cycle)


def _send_without_chunks(cycle: RequestResponseCycle) -> None:
    """Have a request answered without chunks; nothing of its answer has been sent yet."""
    send = cycle.send
    is_sized = True

    async def send_as_it_is(message: Any) -> None:
        nonlocal is_sized
        if message["type"] == "http.response.start":
            is_sized = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
            if not is_sized:
                cycle.chunked_encoding = False  # decided, so that the server does not
        elif not is_sized:
            cycle.expected_content_length = len(message.get("body", b""))  # each piece is as long as was announced
        await send(message)

    cycle.keep_alive = False
    cycle.transport = _Ending(cycle)  # type: ignore[assignment]
    cycle.send = send_as_it_is  # type: ignore[method-assign]


class _Ending:
    """A transport that resets the connection where an answer breaks off: closed in order, it would pass for whole."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._inner = cycle.transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def close(self) -> None:
        if not self._cycle.response_complete:
            self._inner.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._inner.close()
