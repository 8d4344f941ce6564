"""Knows one server process: its application, its socket, how it ends, and whom it tells that it is ready.

Does not know what is served, nor how many such processes there are.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection

import uvicorn
from starlette.types import ASGIApp

from service import exits
from service.app import create_app
from service.engine.errors import CannotServe
from service.listener import share
from service.settings import Settings
from service.telemetry import logs


class _Server(uvicorn.Server):
    """A server that calls `on_ready` once it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def serve(settings: Settings) -> int:
    """Answer requests until told to stop, and return the exit status.

    Raises:
        CannotServe: a model, a setting or the provider is not what it should be.
    """
    logs.configure(settings.log_format)
    config = _config(create_app(settings), host=settings.host, port=settings.port)
    return _run(_Server(config, on_ready=lambda: None))


def work(settings: Settings, port: int, channel: Connection) -> None:
    """Answer requests beside other processes on one port, each with a listening socket of its own.

    Ends as its supervisor says by SIGTERM, or when that is gone.

    Args:
        settings: how to serve.
        port: the port that all share.
        channel: gets "" when this process accepts connections, or else the reason why it cannot.
    """
    logs.configure(settings.log_format)
    os.setpgid(0, 0)  # Ctrl-C at a terminal is for the supervisor, which then asks each worker once
    try:
        app = create_app(settings.model_copy(update={"port": port}))
        listener = share(settings.host, port)
    except (CannotServe, OSError) as error:
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None

    def ready() -> None:
        supervisor = parent_process()
        if supervisor is not None:
            asyncio.get_running_loop().add_reader(supervisor.sentinel, server.handle_exit, signal.SIGTERM, None)
        channel.send("")

    server = _Server(_config(app), ready)
    raise SystemExit(_run(server, [listener]))


def _config(app: ASGIApp, host: str = "", port: int = 0) -> uvicorn.Config:
    # Lines of requests are `service.telemetry.logs`' to write, and its form is everybody's.
    return uvicorn.Config(app, host=host, port=port, access_log=False, log_config=None)


def _run(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> int:
    # uvicorn takes the signals itself while it serves; when it has ended in order, it raises the one it got once more.
    signal.signal(signal.SIGTERM, server.handle_exit)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts it in the background ignores it
    try:
        server.run(sockets)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return 0 if server.started else exits.COULD_NOT_START
