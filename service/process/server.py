"""One server process: it serves the application, and says when it is ready, drains or stops."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection

from fastapi import FastAPI

from digitgan.cli import exits
from digitgan.contract.errors import CannotServe
from service.app import create_admin_app, create_app
from service.process.accept_balancing import Acceptor, ConnectionSet, WorkerSlot
from service.process.connection import LimitedConnection
from service.process.listener import reserve, share
from service.process.uvicorn_adapter import EmbeddedServer, Server
from service.settings import Settings
from service.telemetry import logs

log = logging.getLogger(__name__)

_ADMIN_GRACE_S = 1  # for a scrape in progress; workers wait that long for each other
# How long a thread may keep the interpreter while others wait for it; by default 5 ms. A thread that returns from a
# model run works for some microseconds only, and the others can do little before it has.
_SWITCH_S = 2e-4


class _ServiceServer(Server):
    """A server that reports when it accepts connections, reloads at SIGHUP, and drains at SIGTERM.

    A gateway learns from its next health check that this server is about to end, and sends requests until then. They
    are answered as usual, but each connection is closed after its answer. Any further signal ends the drain.

    Args:
        app: what to serve; its state holds `readiness` and `reloader`.
        settings: how to serve.
        on_ready: called once connections are accepted.
        admin: the server of the admin port, which runs until the last request is finished; None without such a port.
        slot: this worker's place beside others; None if this is the only process.
    """

    def __init__(
        self,
        app: FastAPI,
        settings: Settings,
        on_ready: Callable[[], None],
        admin: EmbeddedServer | None = None,
        slot: WorkerSlot | None = None,
    ) -> None:
        address = (settings.host, settings.port) if slot is None else None
        super().__init__(app, LimitedConnection.within(app.state.services.unsent), settings.grace_s, address)
        self._state = app.state
        self._drain_s = settings.drain_s
        self._on_ready = on_ready
        self._admin = admin
        self._slot = slot
        self._acceptor: Acceptor | None = None

    def on_started(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._state.reloader.trigger)
        # What exists by now stays: otherwise the garbage collector searches it again and again, 20 ms each time.
        gc.collect()
        gc.freeze()
        if self._admin:
            self._admin.begin()
        if self._slot:
            connections = ConnectionSet(self._slot)
            self.track_connections(connections)
            self._acceptor = Acceptor(self._slot, connections, self.make_connection)
        self._on_ready()

    def on_signal(self, number: int) -> None:
        if number == signal.SIGTERM and self.is_listening and not self.is_draining:
            self._state.readiness.withdraw()
            self.drain(self._drain_s)
            log.info("received SIGTERM: no longer ready, serving for another %g s", self._drain_s)
        else:
            self.stop(number)

    def on_stopping(self) -> None:
        if self._acceptor:
            self._acceptor.close()

    async def on_stopped(self) -> None:
        if self._admin:
            await self._admin.end()


def serve(settings: Settings) -> int:
    """Answer requests until a signal ends the process, and return the exit status.

    Raises:
        CannotServe: a model, a setting, the provider or the admin port is unusable.
    """
    logs.configure(settings.log_format)
    app = create_app(settings)
    admin = _create_admin_server(app, settings, reserve)
    return _run(_ServiceServer(app, settings, lambda: None, admin))


def work(settings: Settings, slot: WorkerSlot, channel: Connection, *, is_strict: bool) -> None:
    """Answer requests beside other processes on one socket.

    The process ends at its supervisor's SIGTERM, or when the supervisor is gone.

    Args:
        settings: how to serve.
        slot: this worker's place among the others.
        channel: gets "" once this process accepts connections, or else the reason why it cannot.
        is_strict: whether to end if any model is wrong; a worker that replaces another serves the models that work.
    """
    logs.configure(settings.log_format)
    os.setpgid(0, 0)  # Ctrl-C at a terminal is for the supervisor, which then signals each worker once
    try:
        port = slot.listener.getsockname()[1]
        app = create_app(settings.model_copy(update={"port": port}), is_strict=is_strict)
        admin = _create_admin_server(app, settings, share)
    except (CannotServe, OSError) as error:
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None

    def report_ready() -> None:
        supervisor = parent_process()
        if supervisor is not None:
            asyncio.get_running_loop().add_reader(supervisor.sentinel, drain_without, supervisor.sentinel)
        channel.send("")

    def drain_without(supervisor: int) -> None:
        asyncio.get_running_loop().remove_reader(supervisor)
        server.on_signal(signal.SIGTERM)

    server = _ServiceServer(app, settings, report_ready, admin, slot)
    raise SystemExit(_run(server))


def _create_admin_server(
    app: FastAPI, settings: Settings, bind: Callable[[str, int], socket.socket]
) -> EmbeddedServer | None:
    """Return the server of the admin port; None if the settings name no such port."""
    if not settings.admin_port:
        return None
    listener = bind(settings.host, settings.admin_port)
    return EmbeddedServer(create_admin_app(app), listener, grace_s=_ADMIN_GRACE_S)


def _run(server: Server) -> int:
    sys.setswitchinterval(_SWITCH_S)
    try:
        has_started = server.run_until_stopped()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return 0 if has_started else exits.COULD_NOT_START
