"""Knows how long a request may take until its answer begins, and that nobody works for a client that has gone.

Does not know what the work is: it is cancelled, and every room on its way gives back what it holds. Why one limit for
all of it: docs/adr/0023-deadlines.md.
"""

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http import problems

_HEADER = b"x-request-timeout"
SECONDS = re.compile(rb"^[0-9]{1,9}(\.[0-9]{1,9})?$")
_ANNOUNCES_BODY = (b"content-length", b"transfer-encoding")
_UNWATCHED_S = 0.05  # nearly every request is answered by then, and costs no task that listens for the client's going


class Deadline:
    """ASGI middleware that ends what takes too long to begin its answer, or has nobody left to answer.

    Args:
        app: what comes next.
        request_timeout_s: most seconds from a request's head to the first byte of its answer; a client may ask for less
            by ``X-Request-Timeout``.
        retry_after_s: tells after how many seconds another try makes sense.
    """

    def __init__(self, app: ASGIApp, request_timeout_s: float, retry_after_s: Callable[[], int]) -> None:
        self._app = app
        self._request_timeout_s = request_timeout_s
        self._retry_after_s = retry_after_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, for as long as it may take."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timeout_s = self._request_timeout_s
        has_body = False
        for name, value in scope["headers"]:
            if name == _HEADER:
                if not SECONDS.fullmatch(value) or not float(value):
                    await _refuse_header(scope)(scope, receive, send)
                    return
                timeout_s = min(timeout_s, float(value))
            elif name in _ANNOUNCES_BODY:
                has_body = value != b"0"
        deadline = asyncio.timeout(None)
        exchange = _Exchange(receive, send, deadline, timeout_s, is_body_whole=not has_body)
        try:
            async with deadline:
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not deadline.expired():
                raise
            if not exchange.is_client_gone:
                await self._refuse(scope, timeout_s, exchange)(scope, receive, send)
        finally:
            exchange.stop_watching()

    def _refuse(self, scope: Scope, timeout_s: float, exchange: "_Exchange") -> Response:
        if not exchange.is_body_whole:
            detail = f"the body did not come within {timeout_s:g} seconds"
            return problems.answer(Request(scope), problems.BODY_TOO_SLOW, detail, headers={"Connection": "close"})
        detail = f"the answer did not begin within {timeout_s:g} seconds"
        headers = {"Retry-After": str(self._retry_after_s())}
        return problems.answer(Request(scope), problems.DEADLINE_PASSED, detail, headers=headers)


class _Exchange:
    """One request and its answer: how far they are, and whether the client is still there."""

    def __init__(
        self, receive: Receive, send: Send, deadline: asyncio.Timeout, timeout_s: float, *, is_body_whole: bool
    ) -> None:
        self._receive = receive
        self._send = send
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + timeout_s
        self._look = self._loop.call_later(min(_UNWATCHED_S, timeout_s), self._arm)
        self._watcher: asyncio.Task[None] | None = None
        self.is_body_whole = is_body_whole
        self.is_client_gone = False

    async def receive(self) -> Message:
        """Return what comes from the client, and note when all of its body has come."""
        message = await self._receive()
        self.is_body_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; once it has begun there is no deadline any more."""
        if message["type"] == "http.response.start":
            self._deadline.reschedule(None)
            self.stop_watching()
        await self._send(message)

    def stop_watching(self) -> None:
        """Care no longer whether the client goes."""
        self._look.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _arm(self) -> None:
        """Begin to keep the deadline and to watch: one timer is all that a quick answer pays for."""
        self._deadline.reschedule(self._ends)
        self._watch()

    def _watch(self) -> None:
        """Listen for the client's going, but not while the application itself may listen for the rest of a body."""
        if self.is_body_whole:
            self._watcher = self._loop.create_task(self._listen())
        else:
            self._look = self._loop.call_later(_UNWATCHED_S, self._watch)

    async def _listen(self) -> None:
        message = await self._receive()
        if message["type"] == "http.request":  # the empty body of a request of which nobody reads it
            message = await self._receive()
        if message["type"] == "http.disconnect" and not self._deadline.expired():
            self.is_client_gone = True
            self._deadline.reschedule(self._loop.time())


def _refuse_header(scope: Scope) -> Response:
    detail = "`X-Request-Timeout` is a number of seconds above 0, for example 2 or 0.5"
    return problems.answer(Request(scope), problems.INVALID_TIMEOUT, detail)
