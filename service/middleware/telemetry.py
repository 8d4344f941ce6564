"""Records each finished request: its time, route, status and trace."""

import re
from collections.abc import Callable, Sequence
from time import perf_counter
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http.problems import INTERNAL
from ..telemetry.records import InProgress, RequestObserver, RequestRecord

_CLIENT_LEFT = 499  # as in nginx; no client ever sees it
_HEADER = b"traceparent"
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


class Telemetry:
    """ASGI middleware that measures each request, and sets ``scope["state"]["trace_id"]``.

    Args:
        app: the next application.
        observers: called with the record of each finished request, in order.
        in_progress: counts the requests in progress.
        current_trace: returns the id of the trace being written, which then counts; None without traces.
    """

    def __init__(
        self,
        app: ASGIApp,
        observers: Sequence[RequestObserver],
        in_progress: InProgress,
        current_trace: Callable[[], str | None] | None = None,
    ) -> None:
        self._app = app
        self._observers = observers
        self._in_progress = in_progress
        self._current_trace = current_trace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        state = scope["state"]
        state["trace_id"] = self._current_trace() if self._current_trace else _read_trace_id(scope)
        status, sent_bytes = _CLIENT_LEFT, 0
        has_body = scope["method"] != "HEAD"

        async def send_watched(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            if has_body:
                sent_bytes += len(message.get("body", b""))

        self._in_progress.n += 1
        try:
            await self._app(scope, receive, send_watched)
        except Exception:
            # Starlette answers these errors outside all middleware.
            status, state["problem"] = INTERNAL.status, INTERNAL.slug
            raise
        finally:
            self._in_progress.n -= 1
            record = RequestRecord(
                scope["method"],
                _path(scope),
                getattr(scope.get("route"), "path", ""),
                status,
                sent_bytes,
                perf_counter() - started,
                state["request_id"],
                state["trace_id"],
                state.get("problem"),
                state.get("timing"),
            )
            for observer in self._observers:
                observer(record)


def parse_traceparent(value: str) -> str | None:
    """Return the id of the trace in a header ``traceparent``, 32 hexadecimal digits; None if the header is not valid.

    Later versions may have more fields, version 00 has none, and version ff is invalid; so are ids of zeros.

    Source: W3C Trace Context, level 1, section 3.2.
    """
    found = _TRACEPARENT.fullmatch(value)
    if found is None:
        return None
    version, trace_id, parent_id, more = found.groups()
    if version == "ff" or (version == "00" and more is not None):
        return None
    return None if set(trace_id) == {"0"} or set(parent_id) == {"0"} else trace_id


def _path(scope: Scope) -> str:
    """Return the path as the client wrote it, whose escapes keep a log line whole."""
    raw: bytes | None = scope.get("raw_path")
    return raw.decode("latin-1") if raw is not None else quote(scope["path"])


def _read_trace_id(scope: Scope) -> str | None:
    """Return the id of the trace that the request names; None if it has no such header, or several."""
    values = [value for name, value in scope["headers"] if name == _HEADER]
    return parse_traceparent(values[0].decode("latin-1")) if len(values) == 1 else None
