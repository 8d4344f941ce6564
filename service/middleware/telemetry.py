"""Knows when a request began and ended, its route, its status and its trace; tells listeners when it is over.

Does not know what they do with it.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import INTERNAL
from service.telemetry.exchange import Exchange, Listener
from service.telemetry.traceparent import trace_id_of

_CLIENT_LEFT = 499  # as nginx has it; no client ever sees it
_HEADER = b"traceparent"


class Telemetry:
    """ASGI middleware that measures each request, and sets ``scope["state"]["trace_id"]``.

    Args:
        app: what comes next.
        listeners: told of each request when it is over, one after the other.
        current_trace: gives the id of the trace that is being written, where traces are; then that counts.
    """

    def __init__(
        self, app: ASGIApp, listeners: Sequence[Listener], current_trace: Callable[[], str | None] | None = None
    ) -> None:
        self._app = app
        self._listeners = listeners
        self._current_trace = current_trace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        state = scope["state"]
        state["trace_id"] = self._current_trace() if self._current_trace else _given(scope)
        status = _CLIENT_LEFT

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception:
            # Starlette answers these outside of all middleware.
            status, state["problem"] = INTERNAL.status, INTERNAL.slug
            raise
        finally:
            exchange = Exchange(
                scope["method"],
                getattr(scope.get("route"), "path", ""),
                status,
                perf_counter() - started,
                state["request_id"],
                state["trace_id"],
                state.get("problem"),
                state.get("timing"),
            )
            for listener in self._listeners:
                listener(exchange)


def _given(scope: Scope) -> str | None:
    """Return the id of the trace that the request says it belongs to; two headers say nothing."""
    given = [value for name, value in scope["headers"] if name == _HEADER]
    return trace_id_of(given[0].decode("latin-1")) if len(given) == 1 else None
