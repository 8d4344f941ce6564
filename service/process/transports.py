"""Transports that wrap asyncio's own and change how an answer leaves, or how its connection closes."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

_MAX_HELD_BYTES = 64 * 1024  # a stream that is made faster than the event loop turns must not collect in memory
_NO_LINGER = struct.pack("ii", 1, 0)  # for SO_LINGER: closing the socket resets the connection


class CoalescingTransport:
    """A transport that sends all that is written in one turn of the event loop as one piece.

    The web server writes the head of an answer and then its body. Sent one by one, they take two system calls, and a
    process that is killed between them leaves the client, or the gateway, with half an answer that cannot be retried.

    Args:
        inner: the transport that sends; it also answers every other call.
    """

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner
        self._held: list[bytes] = []
        self._n_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, content: bytes) -> None:
        """Send the content, together with everything else that is written before the event loop turns."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self._flush)
        self._held.append(content)
        self._n_bytes += len(content)
        if self._n_bytes >= _MAX_HELD_BYTES:
            self._flush()

    def close(self) -> None:
        """Close the connection once everything written has been sent."""
        self._flush()
        self._inner.close()

    def write_eof(self) -> None:
        """End what is sent to the client, once everything written has been sent."""
        self._flush()
        self._inner.write_eof()

    def _flush(self) -> None:
        if self._held:
            content = b"".join(self._held)
            self._held.clear()
            self._n_bytes = 0
            if not self._inner.is_closing():  # the client may have closed it since
                self._inner.write(content)


class ResettingTransport:
    """A transport that resets the connection if it is closed in the middle of an answer.

    Where only the end of the connection marks the end of an answer, an orderly close would make half an answer look
    complete.

    Args:
        inner: the transport that sends; it also answers every other call.
        is_complete: whether the whole answer has been written.
    """

    def __init__(self, inner: asyncio.Transport, is_complete: Callable[[], bool]) -> None:
        self._inner = inner
        self._is_complete = is_complete

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def close(self) -> None:
        """Close the connection in order after a whole answer, and reset it otherwise."""
        if not self._is_complete():
            self._inner.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._inner.close()


class HalfClosingTransport:
    """A transport that, where it should close, ends what is sent to the client, and still takes what it sends.

    A close with unread bytes would reset the connection, and the client might lose the answer.

    Args:
        inner: the transport that sends; it also answers every other call.
    """

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def close(self) -> None:
        """End what is sent to the client."""
        self._inner.write_eof()
