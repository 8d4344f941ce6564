"""Knows how a test waits in the event loop for what will be so. Does not know what that is."""

import asyncio
from collections.abc import Callable
from time import monotonic

from tests.processes import PATIENCE_S


async def eventually(is_so: Callable[[], bool]) -> None:
    """Return when it is so; fail if it never is."""
    started = monotonic()
    while not is_so():
        assert monotonic() - started < PATIENCE_S
        await asyncio.sleep(0.001)
