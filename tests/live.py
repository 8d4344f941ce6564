"""A real server in a thread, on a free port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import httpx
from starlette.types import ASGIApp

from service.process.uvicorn_servers import EmbeddedServer
from tests.processes import PATIENCE_S


@contextmanager
def live(app: ASGIApp, *, listener: socket.socket | None = None, **options: Any) -> Iterator[httpx.Client]:
    """Serve an application over a real socket while the block runs, and yield a client of it.

    Args:
        app: the application to serve.
        listener: the bound socket to listen on; by default one of a free port.
        options: options of the server, beyond those that every test needs.
    """
    listener = listener or socket.create_server(("127.0.0.1", 0))
    # The server must not close an idle connection at the moment at which the client uses it again.
    usual: dict[str, Any] = {"grace_s": 5, "keep_alive_s": 3600, "log_level": "critical", "has_lifespan": True}
    server = EmbeddedServer(app, listener, **usual | options)
    thread = threading.Thread(target=server.run_until_stopped)
    thread.start()
    try:
        deadline = monotonic() + PATIENCE_S
        while not server.has_started:
            assert thread.is_alive(), "the server ended before it started"
            assert monotonic() < deadline, "the server did not start"
            thread.join(0.005)
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=PATIENCE_S) as client:
            yield client
    finally:
        server.stop()
        thread.join()
        listener.close()
