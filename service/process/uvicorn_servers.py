"""What the service needs of uvicorn for its servers: one that runs until a signal ends it, and one inside another."""

import asyncio
import math
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digitgan.contract.errors import CannotServe

from ..http.addresses import take_forwarded
from .listener import permit_restart
from .uvicorn_adapter import Connection

_CLOSE = (b"connection", b"close")
# The service writes its own line for each request, and formats uvicorn's lines like all others.
_QUIET: dict[str, Any] = {"access_log": False, "log_config": None}


class _TrustedProxies(ProxyHeadersMiddleware):
    """ASGI middleware that lets a trusted proxy state the client and the scheme, host and prefix of the service.

    ``FORWARDED_ALLOW_IPS`` names the trusted proxies, by default those of this machine.

    Args:
        app: the next application.
        is_local: whether only this machine can reach the service at all.
    """

    def __init__(self, app: ASGIApp, *, is_local: bool) -> None:
        default = "*" if is_local else "127.0.0.1,::1"
        super().__init__(app, os.environ.get("FORWARDED_ALLOW_IPS") or default)  # type: ignore[arg-type]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on as its client sent it to the proxy."""
        client = scope.get("client")
        if scope["type"] == "http" and (client[0] if client else None) in self.trusted_hosts:
            take_forwarded(scope)
        await super().__call__(scope, receive, send)


class Server(uvicorn.Server):
    """The web server of a process, which runs until a signal ends it.

    Subclasses override the hooks `on_started`, `on_signal`, `on_stopping` and `on_stopped`.

    Args:
        app: the application to serve.
        connection: what speaks HTTP with each client.
        keep_alive_s: seconds after which an idle connection is closed.
        grace_s: seconds for answers in progress, after the server has stopped listening; rounded up.
        listener: the bound socket to listen on; None if the subclass accepts connections itself.
        is_local: whether only this machine can reach the server.
    """

    def __init__(
        self,
        app: ASGIApp,
        connection: type[Connection],
        keep_alive_s: float,
        grace_s: float,
        listener: socket.socket | None,
        *,
        is_local: bool = False,
    ) -> None:
        config: dict[str, Any] = {
            "timeout_keep_alive": keep_alive_s,
            "proxy_headers": False,
            "timeout_graceful_shutdown": math.ceil(grace_s),
            "log_level": "warning",  # the service logs by itself that it starts and stops
            **_QUIET,
        }
        super().__init__(uvicorn.Config(_TrustedProxies(app, is_local=is_local), http=connection, **config))
        self._listeners = [] if listener is None else [listener]
        self._drained_at: float | None = None  # on the monotonic clock

    def on_started(self) -> None:
        """Note, in the event loop, that the application has started and the server listens."""

    def on_signal(self, number: int) -> None:
        """Act on SIGTERM or SIGINT: stop."""
        self.stop(number)

    def on_stopping(self) -> None:
        """Note, in the event loop, that the server is about to stop listening."""

    async def on_stopped(self) -> None:
        """Clean up after the last answer."""

    def run_until_stopped(self) -> bool:
        """Serve until a signal ends it, and return whether the server ever started; for the main thread only.

        Raises:
            KeyboardInterrupt: SIGINT ended it.
        """
        # uvicorn restores these handlers when it has stopped, and raises the signals it got once more.
        signal.signal(signal.SIGTERM, self.handle_exit)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for background processes
        self.run(self._listeners)
        return self.started

    @property
    def is_listening(self) -> bool:
        """Whether the server has begun to listen."""
        return hasattr(self, "servers")  # `started` is set only after the log has said so

    @property
    def is_draining(self) -> bool:
        """Whether `drain` has been called."""
        return self._drained_at is not None

    def drain(self, seconds: float) -> None:
        """Serve for some more seconds, closing each connection after its next answer, and then stop."""
        self.config.encoded_headers.append(_CLOSE)  # uvicorn makes new default headers from these each second
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        self._drained_at = monotonic() + seconds

    def stop(self, number: int) -> None:
        """Stop listening and finish the answers in progress; a second SIGINT does not wait for them."""
        super().handle_exit(number, None)

    def track_connections(self, connections: set[Any]) -> None:
        """Keep the open connections in this set; call it before the first one is made."""
        self.server_state.connections = connections

    def make_connection(self) -> asyncio.Protocol:
        """Return what speaks HTTP over a connection that the caller has accepted."""
        kind: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and listen.

        Raises:
            CannotServe: another process has begun to listen on the address.
        """
        try:
            for listener in sockets or ():
                permit_restart(listener)
            await super().startup(sockets)
            if self.started:
                self.on_started()
        except OSError as error:
            raise CannotServe(f"cannot listen: {error.strerror}") from error

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and finish the answers in progress."""
        self.on_stopping()
        await super().shutdown(sockets)
        await self.on_stopped()

    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop; uvicorn asks ten times a second."""
        if self._drained_at is not None and monotonic() >= self._drained_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Act on a signal."""
        self.on_signal(sig)


class EmbeddedServer(uvicorn.Server):
    """A server that leaves signals alone: it lives in the event loop of another server, or in a thread.

    Args:
        app: the application to serve.
        listener: the bound socket to listen on.
        grace_s: whole seconds for answers in progress, after the server has stopped listening.
        connection: what speaks HTTP with each client; by default uvicorn's own protocol.
        keep_alive_s: seconds after which an idle connection is closed.
        log_level: the lowest level that uvicorn logs in this process; by default unchanged.
        has_lifespan: whether to start and stop the application, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        grace_s: int,
        connection: type[asyncio.Protocol] | None = None,
        keep_alive_s: float = 5.0,
        log_level: str | None = None,
        has_lifespan: bool = False,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=connection or "auto",
                lifespan="auto" if has_lifespan else "off",
                log_level=log_level,
                timeout_graceful_shutdown=grace_s,
                timeout_keep_alive=keep_alive_s,  # type: ignore[arg-type] # a delay of the event loop
                **_QUIET,
            )
        )
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Serve from now on, in the running event loop."""
        self._serving = asyncio.create_task(self.serve([self._listener]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and listen."""
        permit_restart(self._listener)
        await super().startup(sockets)

    async def end(self) -> None:
        """Stop listening, and finish the answers in progress."""
        self.stop()
        if self._serving is not None:
            await self._serving

    def run_until_stopped(self) -> None:
        """Serve in an event loop of its own, until another thread calls `stop`."""
        self.run([self._listener])

    @property
    def has_started(self) -> bool:
        """Whether the application has started and the server listens."""
        return self.started

    def stop(self) -> None:
        """Stop listening soon, and finish the answers in progress."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the rest of the process."""
        yield
