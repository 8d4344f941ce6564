"""The id of each request, in its state and on its answer: the client's own if it is usable, or else a new one."""

import itertools
import re
import secrets
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADER = b"x-request-id"
_USABLE = re.compile(rb"[\x21-\x7e]{1,128}")  # visible ASCII: cannot break a log line or a header


class RequestId:
    """ASGI middleware that sets ``scope["state"]["request_id"]`` and the ``X-Request-Id`` header of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Not on import: workers are forks of a process that has imported this module.
        self._prefix = secrets.token_hex(8)
        self._count = itertools.count()  # with the prefix, a unique id without a system call

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on with its id."""
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        request_id = given.decode("ascii") if _USABLE.fullmatch(given) else f"{self._prefix}{next(self._count):016x}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (_HEADER, request_id.encode("ascii"))]
            await send(message)

        return self._app(scope, receive, send_with_id)
