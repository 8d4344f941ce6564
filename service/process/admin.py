"""Knows the second, small server of a process, where operators' programs ask on a port that no gateway reaches.

Does not know what it answers. It is there as long as the server beside it, whose signals and lifespan it leaves alone.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

_GRACE_S = 1  # for a scrape that is being answered; workers wait that long for each other


class AdminServer(uvicorn.Server):
    """A server in the event loop of another one, which begins and ends it.

    Args:
        app: what is served.
        listener: the bound socket where.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=_GRACE_S)
        )
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Answer from now on."""
        self._serving = asyncio.create_task(self.serve([self._listener]))

    async def end(self) -> None:
        """Stop to listen, and finish what is being answered."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the server beside this one."""
        yield
