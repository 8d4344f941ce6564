"""The limit on the size of request bodies, by the bytes that arrive and by what is declared.

A body is refused by an exception in ``receive``, so that the answer is a problem like any other.
"""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware that refuses bodies above a limit.

    Args:
        app: the next application.
        max_body_bytes: size of the largest body allowed, declared or received.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its body as it is received."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        expected = int(declared) if declared.isdigit() else 0
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            self._refuse_above_limit(expected)
            message = await receive()
            received += len(message.get("body", b""))
            self._refuse_above_limit(received)
            return message

        await self._app(scope, receive_counted, send)

    def _refuse_above_limit(self, n_bytes: int) -> None:
        if n_bytes > self._max_body_bytes:
            raise HTTPException(413, f"the body may have at most {self._max_body_bytes:,} bytes")
