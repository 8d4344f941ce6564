"""The time limit until an answer starts, and the end of work for clients that have gone.

The work is cancelled, and every part of the service on its way gives back what it holds. docs/adr/0023-deadlines.md
says why one limit covers all of it.
"""

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http import problems

_HEADER = b"x-request-timeout"
SECONDS = re.compile(rb"^[0-9]{1,9}(\.[0-9]{1,9})?$")
_ANNOUNCES_BODY = (b"content-length", b"transfer-encoding")
_MAX_SHOWN_BYTES = 40  # of an invalid header, which may be long
_UNWATCHED_S = 0.05  # nearly every request is answered by then, and needs no task that watches for a disconnect


class Deadline:
    """ASGI middleware that cancels requests whose answer does not start in time, or whose client has gone.

    Args:
        app: the next application.
        request_timeout_s: maximum seconds from a request's head to the first byte of its answer; a client may ask for
            less by ``X-Request-Timeout``.
        retry_after_s: returns the seconds after which another try makes sense.
    """

    def __init__(self, app: ASGIApp, request_timeout_s: float, retry_after_s: Callable[[], int]) -> None:
        self._app = app
        self._request_timeout_s = request_timeout_s
        self._retry_after_s = retry_after_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and cancel it at its deadline."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        timeout_s = self._request_timeout_s
        has_body = False
        for name, value in scope["headers"]:
            if name == _HEADER:
                if not SECONDS.fullmatch(value) or not float(value):
                    await _refuse_header(scope, value)(scope, receive, send)
                    return
                timeout_s = min(timeout_s, float(value))
            elif name in _ANNOUNCES_BODY:
                has_body = value != b"0"
        deadline = asyncio.timeout(None)
        watch = _Watch(receive, send, deadline, timeout_s, is_body_whole=not has_body)
        try:
            async with deadline:
                await self._app(scope, watch.receive, watch.send)
        except TimeoutError:
            if not deadline.expired():
                raise
            if not watch.is_client_gone:
                await self._refuse(scope, timeout_s, watch)(scope, receive, send)
        finally:
            watch.stop_watching()

    def _refuse(self, scope: Scope, timeout_s: float, watch: "_Watch") -> Response:
        if not watch.is_body_whole:
            detail = f"the body did not arrive within {timeout_s:g} s"
            return problems.answer(Request(scope), problems.BODY_TOO_SLOW, detail, headers={"Connection": "close"})
        detail = f"the answer did not start within {timeout_s:g} s"
        headers = {"Retry-After": str(self._retry_after_s())}
        return problems.answer(Request(scope), problems.DEADLINE_PASSED, detail, headers=headers)


class _Watch:
    """Watches one request and its answer: how far they are, and whether the client is still connected."""

    def __init__(
        self, receive: Receive, send: Send, deadline: asyncio.Timeout, timeout_s: float, *, is_body_whole: bool
    ) -> None:
        self._receive = receive
        self._send = send
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + timeout_s
        self._timer = self._loop.call_later(min(_UNWATCHED_S, timeout_s), self._arm)
        self._watcher: asyncio.Task[None] | None = None
        self.is_body_whole = is_body_whole
        self.is_client_gone = False

    async def receive(self) -> Message:
        """Return the next message from the client, and note when its body is complete."""
        message = await self._receive()
        self.is_body_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; its start lifts the deadline."""
        if message["type"] == "http.response.start":
            self.stop_watching()
            if self._deadline.when() is not None:
                self._deadline.reschedule(None)
        await self._send(message)

    def stop_watching(self) -> None:
        """Stop watching for a disconnect."""
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _arm(self) -> None:
        """Start the deadline and the watch; a quick answer pays for one timer only."""
        self._deadline.reschedule(self._ends_at)
        self._watch()

    def _watch(self) -> None:
        """Watch for a disconnect, but not while the application itself may receive the rest of a body."""
        if self.is_body_whole:
            self._watcher = self._loop.create_task(self._listen())
        else:
            self._timer = self._loop.call_later(_UNWATCHED_S, self._watch)

    async def _listen(self) -> None:
        message = await self._receive()
        if message["type"] == "http.request":  # an empty body that the application does not read
            message = await self._receive()
        if message["type"] == "http.disconnect" and not self._deadline.expired():
            self.is_client_gone = True
            self._deadline.reschedule(self._loop.time())


def _refuse_header(scope: Scope, value: bytes) -> Response:
    given = value[:_MAX_SHOWN_BYTES].decode("latin-1")
    detail = f"X-Request-Timeout must be a number of seconds above 0, such as 2 or 0.5, not {given!r}"
    return problems.answer(Request(scope), problems.INVALID_TIMEOUT, detail)
