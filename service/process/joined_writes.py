"""Knows how what one answer writes at a time leaves as one piece. Does not know what is written.

The web server writes the head of an answer, then its body, and each would be a segment by itself: two calls of the
kernel, and a moment between them at which a process that is killed leaves a client, or a gateway, with half an answer
that cannot be asked for again.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_BYTES = 64 * 1024  # held back; a stream that is made faster than the loop turns is not collected in memory


class _Joining:
    """A transport that passes on what was written when the loop turns; all else is the inner transport's."""

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner
        self._held: list[bytes] = []
        self._n_bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, content: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._held.append(content)
        self._n_bytes += len(content)
        if self._n_bytes >= _MOST_BYTES:
            self._pass_on()

    def close(self) -> None:
        self._pass_on()
        self._inner.close()

    def _pass_on(self) -> None:
        if self._held:
            content = b"".join(self._held)
            self._held.clear()
            self._n_bytes = 0
            if not self._inner.is_closing():  # by the other end, since it was written
                self._inner.write(content)


class JoinedWrites(HttpToolsProtocol):
    """The server's protocol over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(_Joining(transport))  # type: ignore[arg-type]
