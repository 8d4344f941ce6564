"""The memory of bodies that are being read and of answers that are not sent yet, each within a budget of the process.

A body is refused by an exception in ``receive``, so that the answer is a problem like any other.
"""

from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers
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
        max_body_bytes: returns the size of the largest body allowed at a path, declared or received.
        bodies: the budget of bodies from their first bytes to the start of their answers.
        unsent: the budget of answers until they are sent.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: Callable[[str], int], bodies: Budget, unsent: Budget) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self.bodies = bodies
        self.unsent = unsent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its body as it is received and its answer as it is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        n_declared = int(declared) if declared.isdigit() else None
        exchange = _Exchange(self, scope, receive, send, n_declared, self._max_body_bytes(scope["path"]))
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
        self,
        limits: MemoryLimits,
        scope: Scope,
        receive: Receive,
        send: Send,
        declared_bytes: int | None,
        max_body_bytes: int,
    ) -> None:
        self._limits = limits
        self._max_body_bytes = max_body_bytes
        self._scope = scope
        self._receive = receive
        self._send = send
        self._declared_bytes = declared_bytes
        self._n_received = 0
        self._body_bytes = 0  # taken
        self._is_unread = False  # whether the body was refused before its end
        self._answer_bytes = 0  # taken
        self._start: Message | None = None

    async def receive(self) -> Message:
        """Return the next message from the client.

        Raises:
            HTTPException: 413, the body is too large.
            Overloaded: the bodies that are being read take all of their budget.
        """
        self._refuse_above_limit(self._declared_bytes or 0)
        message = await self._receive()
        n_bytes = len(message.get("body", b""))
        self._n_received += n_bytes
        self._refuse_above_limit(self._n_received)
        if n_bytes and self._n_received > _FREE_BODY_BYTES and not self._take_for_body():
            self._is_unread = message.get("more_body", False)
            if discard := self._scope.get("state", {}).get(DISCARD):
                discard()
            raise Overloaded("other bodies are being read; there is no memory for this one now", _RETRY_AFTER_S)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; its start waits for the first part of the body, which tells its size.

        Raises:
            _NoRoomForAnswer: the answers that are not sent yet take all of their budget.
        """
        if message["type"] != "http.response.body":
            self._start = message
            return
        if self._is_unread:
            await self._read_rest()
        n_bytes, is_last = len(message.get("body", b"")), not message.get("more_body", False)
        if self._start is not None:
            self._take(_needed(n_bytes) if is_last else min(_STREAM_BYTES, _needed(_declared_bytes(self._start))))
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

    def _take_for_body(self) -> bool:
        """Take the memory of what has come of the body, and return whether there is room; if not, give all of it back.

        So a client that is slow, or never sends what it declares, keeps no others out. A body that is declared too
        large for what is left is refused at once, rather than after most of it.
        """
        bodies, needed = self._limits.bodies, _BODY_COPIES * self._n_received
        expected = 0 if self._body_bytes else _BODY_COPIES * (self._declared_bytes or 0)
        bodies.give_back(self._body_bytes)
        has_room = bodies.take(max(needed, expected))
        self._body_bytes = needed if has_room else 0
        if has_room and expected > needed:
            bodies.give_back(expected - needed)
        return has_room

    async def _read_rest(self) -> None:
        """Read the rest of a refused body: a close with unread bytes resets the connection and loses the answer."""
        with suppress(HTTPException):  # what is too large, or not in its coding, is not worth reading
            while self._is_unread:
                message = await self._receive()
                self._n_received += len(message.get("body", b""))
                self._refuse_above_limit(self._n_received)
                self._is_unread = message.get("more_body", False)
        self._is_unread = False

    def _refuse_above_limit(self, n_bytes: int) -> None:
        if n_bytes > self._max_body_bytes:
            raise HTTPException(413, f"the body may have at most {self._max_body_bytes:,} bytes")


def _needed(n_bytes: int) -> int:
    """Return the memory that an answer of that many bytes takes until it is sent."""
    return ANSWER_COPIES * n_bytes if n_bytes > _FREE_ANSWER_BYTES else 0


def _declared_bytes(start: Message) -> int:
    """Return how long the head of an answer says that it is; as long as matters if the head does not say."""
    return int(Headers(raw=start["headers"]).get("content-length", _STREAM_BYTES))
