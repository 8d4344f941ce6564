"""The memory of bodies that are being read and of answers that are not sent yet, each within a budget of the process.

A body is refused by an exception in ``receive``, so that the answer is a problem like any other.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitgan.contract.errors import Overloaded
from digitgan.engine.budget import Budget

from ..http import problems
from ..http.accounting import ANSWER_COPIES, no_room_for_answer
from .request_coding import DISCARD

_FREE_BODY_BYTES = 32 * 1024  # of each connection; the web server itself holds twice as much
_BODY_COPIES = 3  # its parts, the whole, and what is parsed of it
_FREE_ANSWER_BYTES = 64 * 1024  # which the system's socket takes at once
_STREAM_BYTES = 4 * 1024 * 1024  # a piece of a streamed answer and its successor
_RETRY_AFTER_S = 1  # about what reading and parsing a body takes


class MemoryLimits:
    """ASGI middleware that bounds the memory of bodies and answers.

    Args:
        app: the next application.
        max_body_bytes: size of the largest body allowed, declared or received.
        bodies: the budget of bodies from their first bytes to the start of their answers.
        unsent: the budget of answers until they are sent.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int, bodies: Budget, unsent: Budget) -> None:
        self._app = app
        self.max_body_bytes = max_body_bytes
        self.bodies = bodies
        self.unsent = unsent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its body as it is received and its answer as it is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        exchange = _Exchange(self, scope, receive, send, int(declared) if declared.isdigit() else None)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except _NoRoomForAnswer:
            error = no_room_for_answer()
            headers = {"Retry-After": str(error.retry_after_s)}
            answer = problems.answer(Request(scope), problems.OVERLOADED, str(error), headers=headers)
            await answer(scope, receive, send)
        finally:
            exchange.end()


class _NoRoomForAnswer(Exception):
    """An answer is too large for what is left of its budget; nothing of it has been sent."""


class _Exchange:
    """One request and its answer, and the memory that both have taken."""

    def __init__(
        self, limits: MemoryLimits, scope: Scope, receive: Receive, send: Send, declared_bytes: int | None
    ) -> None:
        self._limits = limits
        self._scope = scope
        self._receive = receive
        self._send = send
        self._declared_bytes = declared_bytes
        self._n_received = 0
        self._body_bytes = 0  # taken
        self._answer_bytes = 0  # taken
        self._start: Message | None = None

    async def receive(self) -> Message:
        """Return the next message from the client.

        Raises:
            HTTPException: 413, the body is too large.
            Overloaded: the bodies that are being read take all of their budget.
        """
        limits = self._limits
        self._refuse_above_limit(self._declared_bytes or 0)
        message = await self._receive()
        self._n_received += len(message.get("body", b""))
        self._refuse_above_limit(self._n_received)
        if self._n_received > _FREE_BODY_BYTES and not self._body_bytes:
            expected = limits.max_body_bytes if self._declared_bytes is None else self._declared_bytes
            if not limits.bodies.take(_BODY_COPIES * expected):
                if discard := self._scope.get("state", {}).get(DISCARD):
                    discard()
                while message.get("more_body"):  # a close with unread bytes resets the connection and loses the answer
                    message = await self._receive()
                    self._n_received += len(message.get("body", b""))
                    self._refuse_above_limit(self._n_received)
                raise Overloaded("other bodies are being read; there is no memory for this one now", _RETRY_AFTER_S)
            self._body_bytes = _BODY_COPIES * expected
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; its start waits for the first part of the body, which tells its size.

        Raises:
            _NoRoomForAnswer: the answers that are not sent yet take all of their budget.
        """
        if message["type"] != "http.response.body":
            self._start = message
            return
        n_bytes, is_last = len(message.get("body", b"")), not message.get("more_body", False)
        if self._start is not None:
            self._take(_STREAM_BYTES if not is_last else ANSWER_COPIES * n_bytes if n_bytes > _FREE_ANSWER_BYTES else 0)
            await self._send(self._start)
            self._start = None
        if not self._answer_bytes:
            await self._send(message)
            return
        # The server writes at once, and waits before the next message until the client has read enough.
        await self._send({**message, "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": not is_last})

    def end(self) -> None:
        """Give back all memory."""
        self._limits.bodies.give_back(self._body_bytes)
        self._limits.unsent.give_back(self._answer_bytes)
        self._body_bytes = self._answer_bytes = 0

    def _take(self, answer_bytes: int) -> None:
        """Take the memory of an answer, whose request needs none any more."""
        self._limits.bodies.give_back(self._body_bytes)
        self._body_bytes = 0
        if answer_bytes and not self._limits.unsent.take(answer_bytes):
            raise _NoRoomForAnswer
        self._answer_bytes = answer_bytes

    def _refuse_above_limit(self, n_bytes: int) -> None:
        if n_bytes > self._limits.max_body_bytes:
            raise HTTPException(413, f"the body may have at most {self._limits.max_body_bytes:,} bytes")
