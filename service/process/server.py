"""One server process: it serves the application, and says when it is ready, drains or stops."""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection, wait

from fastapi import FastAPI

from digitgan.cli import exits, startup
from digitgan.contract.errors import CannotServe

from ..app import create_admin_app, create_app
from ..settings import Settings
from ..telemetry import events, logs
from .accept_balancing import Acceptor, ConnectionSet, WorkerSlot, create_counts
from .connection import IdleConnections, LimitedConnection
from .heartbeat import create_beats
from .listener import reserved
from .uvicorn_servers import EmbeddedServer, Server

log = logging.getLogger(__name__)

_SLACK_S = 2.0  # from the end of the grace until the process ends anyway; less than the supervisor's
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
        listener: the bound socket to listen on; None for a worker.
        slot: this worker's place beside others; None if this is the only process.

    Attributes:
        app: what it serves.
    """

    def __init__(
        self,
        app: FastAPI,
        settings: Settings,
        on_ready: Callable[[], None],
        admin: EmbeddedServer | None = None,
        listener: socket.socket | None = None,
        slot: WorkerSlot | None = None,
    ) -> None:
        connection = LimitedConnection.within(app.state.services.unsent, IdleConnections.within_descriptors())
        is_local = settings.unix_socket is not None
        super().__init__(app, connection, settings.keep_alive_s, settings.grace_s, listener, is_local=is_local)
        self.app = app
        self._drain_s = settings.drain_s
        self._on_ready = on_ready
        self._admin = admin
        self._slot = slot
        self._grace_s = settings.grace_s
        self._status = 0
        self._acceptor: Acceptor | None = None

    def on_started(self) -> None:
        self._reload_at_hangup(asyncio.get_running_loop())
        settle()
        if self._admin:
            self._admin.begin()
        if self._slot:
            connections = ConnectionSet(self._slot)
            self.track_connections(connections)
            self._acceptor = Acceptor(self._slot, connections, self.make_connection)
        self._on_ready()

    def on_signal(self, number: int) -> None:
        if number == signal.SIGTERM and self.is_listening and not self.is_draining:
            self.app.state.readiness.withdraw()
            self.drain(self._drain_s)
            events.DRAIN.log(drain_s=self._drain_s)
        else:
            self._status = exits.INTERRUPTED if number == signal.SIGINT else 0
            self.stop(number)

    def on_stopping(self) -> None:
        events.STOP.log(grace_s=self._grace_s)
        if self._acceptor:
            self._acceptor.close()
        backstop = threading.Timer(self._grace_s + _SLACK_S, self._end_anyway)
        backstop.daemon = True
        backstop.start()

    async def on_stopped(self) -> None:
        if self._admin:
            await self._admin.end()

    def _reload_at_hangup(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reload at SIGHUP; a handler of the loop's own would go with the loop, and SIGHUP then end the process."""

        def reload(*_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self.app.state.reloader.trigger)

        signal.signal(signal.SIGHUP, reload)

    def _end_anyway(self) -> None:
        """End the process although a thread still runs, for which Python would wait: a model may never have loaded."""
        log.warning("a thread has not ended in time, such as the load of a model; ending without it")
        logs.flush()
        os._exit(self._status)


def serve(settings: Settings) -> int:
    """Answer requests until a signal ends the process, and return the exit status.

    Raises:
        CannotServe: a model, a setting, the provider or the admin port is unusable.
    """
    with ExitStack() as held, startup.ending_during_calls():
        server = held.enter_context(prepared(settings))
        opened = held.pop_all()
    with opened:
        return _run(server)


@contextmanager
def prepared(settings: Settings) -> Iterator[_ServiceServer]:
    """Yield the server of one process that can do everything but listen: `serve` runs it, `check` looks at it.

    Raises:
        CannotServe: as raised by `serve`.
    """
    with reserved(settings) as (listeners, bound):
        with _without_collection():
            app = create_app(bound)
        # uvicorn takes no Unix socket that is bound already, so such a server accepts connections as a worker does.
        is_file = bound.unix_socket is not None
        slot = WorkerSlot(listeners.requests, create_counts(1), 0, create_beats(1)) if is_file else None
        yield _ServiceServer(
            app,
            bound,
            lambda: events.READY.log(address=bound.address, workers=1),
            _create_admin_server(app, listeners.admin),
            None if slot else listeners.requests,
            slot,
        )


def work(
    settings: Settings, slot: WorkerSlot, channel: Connection, supervisor: Connection, *, is_rehearsal: bool
) -> None:
    """Answer requests beside other processes on one socket.

    The process ends at its supervisor's SIGTERM, or when the supervisor is gone.

    Args:
        settings: how to serve.
        slot: this worker's place among the others.
        channel: gets "" once this process accepts connections, or else the reason why it cannot.
        supervisor: ends when the supervisor does.
        is_rehearsal: report that it is ready, and only wait for the end, rather than accept connections.
    """
    if not is_rehearsal:
        logs.configure(settings.log_format, slot.index)
    os.setpgid(0, 0)  # Ctrl-C at a terminal is for the supervisor, which then signals each worker once
    try:
        with _without_collection():
            app = create_app(settings, worker=slot.index, n_workers_lost=lambda: slot.n_lost.value)
        admin = _create_admin_server(app, slot.admin)
    except (CannotServe, OSError) as error:
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None

    def report_ready() -> None:
        asyncio.get_running_loop().add_reader(supervisor.fileno(), drain)
        channel.send("")

    def drain() -> None:
        asyncio.get_running_loop().remove_reader(supervisor.fileno())
        events.SUPERVISOR_LOST.log()
        server.on_signal(signal.SIGTERM)

    server = _ServiceServer(app, settings, report_ready, admin, slot=slot)
    if is_rehearsal:
        channel.send("")
        wait([supervisor])
        raise SystemExit(0)
    try:
        raise SystemExit(_run(server))
    except CannotServe as error:
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None


def settle() -> None:
    """Free what the start of a process no longer needs, and give it back to the system; what exists by now stays.

    Otherwise the garbage collector would search all of it again and again, 20 ms each time, and in a fork write to it,
    and so copy it.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc, which keeps 10 MB after a start
    if trim:
        trim(0)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Search for no garbage while the block makes the application: `settle` does it once, among what was made."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _create_admin_server(app: FastAPI, listener: socket.socket | None) -> EmbeddedServer | None:
    """Return the server of the admin port; None if there is no such port."""
    if listener is None:
        return None
    return EmbeddedServer(create_admin_app(app), listener, grace_s=_ADMIN_GRACE_S)


def _run(server: Server) -> int:
    sys.setswitchinterval(_SWITCH_S)
    try:
        has_started = server.run_until_stopped()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return 0 if has_started else exits.COULD_NOT_START
