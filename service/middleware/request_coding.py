"""Request bodies in a content coding, which the rest of the service reads unpacked, piece by piece.

`service.middleware.memory_limits` counts the unpacked pieces, so a small body that unpacks to a large one is refused at
the same size as any other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http.coding import UNPACKERS, Discarder, NotPacked, Unpacker

DISCARD = "discard_body"  # in the state of a request: call it before reading a packed body that nobody needs
_CHUNKED = (b"transfer-encoding", b"chunked")  # what is unpacked has no length yet
_LONGEST_NAME = 40  # characters of a coding in a message


class RequestCoding:
    """ASGI middleware that unpacks bodies as they are read.

    Args:
        app: the next application, which sees neither the coding nor the packed length.
        max_body_bytes: returns the size of the largest body allowed at a path, packed.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: Callable[[str], int]) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on with an unpacked body."""
        if scope["type"] == "http":
            codings = [value for name, value in scope["headers"] if name == b"content-encoding"]
            coding = b", ".join(codings).decode("latin-1").strip().lower() if codings else ""
            if coding not in ("", "identity"):
                scope["headers"] = [
                    _CHUNKED if each[0] == b"content-length" else each
                    for each in scope["headers"]
                    if each[0] != b"content-encoding"
                ]
                body = _PackedBody(receive, coding, self._max_body_bytes(scope["path"]))
                receive = body.receive
                scope.setdefault("state", {})[DISCARD] = body.discard
        return self._app(scope, receive, send)


class _PackedBody:
    """A body that is unpacked while it is read."""

    def __init__(self, receive: Receive, coding: str, max_body_bytes: int) -> None:
        self._receive = receive
        self._coding = coding
        self._max_body_bytes = max_body_bytes
        self._n_packed = 0
        self._unpacker: Unpacker | Discarder | None = None
        self._pieces: Iterator[bytes] = iter(())  # of the part that was received last
        self._is_last = False  # whether that part is the last one
        self._is_over = False  # whether all of the body has been read

    async def receive(self) -> Message:
        """Return the next message from the client; those of its body have unpacked pieces.

        Raises:
            HTTPException: 415, the coding is not supported; 413, the packed body is too large; 400, it is not in its
                coding.
        """
        if self._is_over:
            return await self._receive()
        try:
            if self._unpacker is None:
                self._unpacker = self._create_unpacker()
            piece = next(self._pieces, None)
            while piece is None and not self._is_last:
                message = await self._receive()
                if message["type"] != "http.request":
                    return message
                self._n_packed += len(message.get("body", b""))
                if self._n_packed > self._max_body_bytes:
                    raise HTTPException(413, f"the body may have at most {self._max_body_bytes:,} bytes")
                self._is_last = not message.get("more_body", False)
                self._pieces = self._unpacker.pieces(message.get("body", b""))
                piece = next(self._pieces, None)
            if piece is not None:
                await asyncio.sleep(0)  # a part may have many pieces, between which others have their turn
                return {"type": "http.request", "body": piece, "more_body": True}
            self._unpacker.end()
        except NotPacked as error:
            raise HTTPException(400, f"the body is declared as {self._coding}, but {error}") from error
        self._is_over = True
        self.discard()  # the answer may take long, and a decoder holds as much as it has unpacked
        return {"type": "http.request", "body": b"", "more_body": False}

    def discard(self) -> None:
        """Unpack nothing more, and give back the memory for it; `receive` still reads the rest of the body."""
        self._unpacker, self._pieces = Discarder(), iter(())

    def _create_unpacker(self) -> Unpacker:
        if self._coding in UNPACKERS:
            return UNPACKERS[self._coding]()
        supported = ", ".join(UNPACKERS)
        detail = f"the content coding {self._coding[:_LONGEST_NAME]!r} is not supported; supported codings: {supported}"
        raise HTTPException(415, detail, {"Accept-Encoding": supported})
