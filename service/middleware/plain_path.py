"""The refusal of paths that contain control characters."""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http import problems

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PlainPath:
    """ASGI middleware that answers 400 to a path whose decoded form contains control characters.

    A route's pattern may ignore a line feed at the end of a path, so one answer would have several addresses, and
    rules of a gateway that compare paths would miss some of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its path is free of control characters."""
        if scope["type"] == "http" and _CONTROL.search(scope["path"]):
            refusal = problems.answer(
                Request(scope), problems.BAD_REQUEST, "a path must not contain control characters"
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
