"""Knows a real server in a thread, on a free port. Does not know what it serves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from tests.processes import PATIENCE_S


@contextmanager
def live(app: ASGIApp, **options: Any) -> Iterator[httpx.Client]:
    """Serve an application over a real socket while the block runs; yield a client of it.

    Args:
        app: what is served.
        options: of the server, beyond those that every test needs.
    """
    # A connection that both sides use again must not be closed by one of them just then.
    given: dict[str, Any] = {"timeout_graceful_shutdown": 5, "timeout_keep_alive": 3600} | options
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", **given))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = monotonic() + PATIENCE_S
        while not server.started:
            assert thread.is_alive(), "the server ended before it started"
            assert monotonic() < deadline, "the server did not start"
            thread.join(0.005)
        [listener] = server.servers[0].sockets
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=PATIENCE_S) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
