"""Knows one server process: its application, its socket, its signals, and whom it tells that it is ready.

Does not know what is served, nor how many such processes there are.
"""

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import sys
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from digitgan.cli import exits
from digitgan.contract.errors import CannotServe
from service.app import create_admin_app, create_app
from service.process.admin import AdminServer
from service.process.bounded_connection import BoundedConnection
from service.process.listener import reserve, share
from service.process.turns import Acceptor, Connections, Turn
from service.settings import Settings
from service.telemetry import logs

log = logging.getLogger(__name__)

_CLOSE = (b"connection", b"close")
# How long a thread may keep the interpreter while others wait for it; by default 5 ms. One that has been away to run a
# model comes back for some microseconds' work, and the others can do little until it has done that.
_SWITCH_S = 2e-4


class _Server(uvicorn.Server):
    """A server that says when it accepts connections, reloads at SIGHUP, and goes on serving a while after SIGTERM.

    A gateway learns by its next health check that this server is about to end, and until then sends requests: they are
    answered as ever, but each connection is closed after its answer. Any further signal to end skips the delay.

    Args:
        app: what is served; its state holds `readiness` and `reloader`.
        settings: how.
        on_ready: called once connections are accepted.
        admin: answers beside it until the last request is finished; None where there is no port for that.
        turn: by which it accepts connections beside other processes; None where it is the only one.
        place: for uvicorn, where to listen, unless there are other processes.
    """

    def __init__(
        self,
        app: FastAPI,
        settings: Settings,
        on_ready: Callable[[], None],
        admin: AdminServer | None = None,
        turn: Turn | None = None,
        **place: Any,
    ) -> None:
        grace_s = math.ceil(settings.grace_s)
        # Lines of requests are `service.telemetry.logs`' to write, and its form is everybody's.
        quiet: dict[str, Any] = {"access_log": False, "log_config": None}
        super().__init__(
            uvicorn.Config(app, http=BoundedConnection, timeout_graceful_shutdown=grace_s, **quiet, **place)
        )
        self._state = app.state
        self._drain_s = settings.drain_s
        self._on_ready = on_ready
        self._admin = admin
        self._turn = turn
        self._acceptor: Acceptor | None = None
        self._stops_listening: float | None = None  # on the monotonic clock, once it was told to end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([] if self._turn else sockets)  # whose listener is the acceptor's
        if self.started:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._state.reloader.ask)
            # What is there by now stays: the garbage collector need not look through it time and again, 20 ms each.
            gc.collect()
            gc.freeze()
            if self._admin:
                self._admin.begin()
            if self._turn:
                connections = self.server_state.connections = Connections(self._turn)
                self._acceptor = Acceptor(self._turn, connections, self._protocol)
            self._on_ready()

    def _protocol(self) -> asyncio.Protocol:
        """Return what uvicorn's own listener makes of a connection."""
        kind: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._acceptor:
            self._acceptor.close()
        await super().shutdown(sockets)
        if self._admin:
            await self._admin.end()

    async def on_tick(self, counter: int) -> bool:
        if self._stops_listening is not None and monotonic() >= self._stops_listening:
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        listens = hasattr(self, "servers")  # `started` is set a moment after the log said so
        if sig == signal.SIGTERM and listens and self._stops_listening is None:
            self._state.readiness.withdraw()
            self.config.encoded_headers.append(_CLOSE)  # of which uvicorn makes its default headers anew each second
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
            self._stops_listening = monotonic() + self._drain_s
            log.info("told to end: not ready any more, serving for another %g s", self._drain_s)
        else:
            super().handle_exit(sig, frame)


def serve(settings: Settings) -> int:
    """Answer requests until told to stop, and return the exit status.

    Raises:
        CannotServe: a model, a setting, the provider or the admin port is not what it should be.
    """
    logs.configure(settings.log_format)
    app = create_app(settings)
    admin = _admin(app, settings, reserve)
    return _run(_Server(app, settings, lambda: None, admin, host=settings.host, port=settings.port))


def work(settings: Settings, turn: Turn, channel: Connection, *, is_strict: bool) -> None:
    """Answer requests beside other processes on one socket.

    Ends as its supervisor says by SIGTERM, or when that is gone.

    Args:
        settings: how to serve.
        turn: by which it accepts connections.
        channel: gets "" when this process accepts connections, or else the reason why it cannot.
        is_strict: end if any model is wrong; one that takes the place of another serves what can be served.
    """
    logs.configure(settings.log_format)
    os.setpgid(0, 0)  # Ctrl-C at a terminal is for the supervisor, which then asks each worker once
    try:
        port = turn.listener.getsockname()[1]
        app = create_app(settings.model_copy(update={"port": port}), is_strict=is_strict)
        admin = _admin(app, settings, share)
    except (CannotServe, OSError) as error:
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None

    def ready() -> None:
        supervisor = parent_process()
        if supervisor is not None:
            asyncio.get_running_loop().add_reader(supervisor.sentinel, abandoned, supervisor.sentinel)
        channel.send("")

    def abandoned(sentinel: int) -> None:
        asyncio.get_running_loop().remove_reader(sentinel)
        server.handle_exit(signal.SIGTERM, None)

    server = _Server(app, settings, ready, admin, turn)
    raise SystemExit(_run(server))


def _admin(app: FastAPI, settings: Settings, bind: Callable[[str, int], socket.socket]) -> AdminServer | None:
    """Return the server of the admin port, if there is to be one."""
    if not settings.admin_port:
        return None
    return AdminServer(create_admin_app(app), bind(settings.host, settings.admin_port))


def _run(server: uvicorn.Server) -> int:
    # uvicorn takes the signals itself while it serves; when it has ended in order, it raises the one it got once more.
    sys.setswitchinterval(_SWITCH_S)
    signal.signal(signal.SIGTERM, server.handle_exit)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts it in the background ignores it
    try:
        server.run()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return 0 if server.started else exits.COULD_NOT_START
