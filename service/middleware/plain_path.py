"""The refusal of addresses that are not plain: control characters in a path, and long queries."""

import re
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ..http import problems

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_QUERY_BYTES = 2048  # several times the longest address of a picture; parsed within 2 ms


class PlainPath:
    """ASGI middleware that answers 400 to a path whose decoded form contains control characters, and to a long query.

    A route's pattern may ignore a line feed at the end of a path, so one answer would have several addresses, and
    rules of a gateway that compare paths would miss some of them. Thousands of parameters take the event loop tens of
    milliseconds to parse.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on if its address is plain."""
        if scope["type"] == "http" and (fault := _fault(scope)):
            return problems.answer(Request(scope), problems.BAD_REQUEST, fault)(scope, receive, send)
        return self._app(scope, receive, send)


def _fault(scope: Scope) -> str:
    """Return what is wrong with the address of a request; "" if nothing is."""
    if _CONTROL.search(scope["path"]):
        return "a path must not contain control characters"
    n_bytes = len(scope["query_string"])
    if n_bytes > _MAX_QUERY_BYTES:
        return f"the query has {n_bytes:,} bytes; at most {_MAX_QUERY_BYTES:,} are allowed"
    return ""
