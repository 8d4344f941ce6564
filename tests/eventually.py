"""Waiting for a condition in the event loop."""

import asyncio
from collections.abc import Callable
from time import monotonic

from tests.processes import PATIENCE_S


async def eventually(holds: Callable[[], bool]) -> None:
    """Return once a condition holds; fail if it never does."""
    started = monotonic()
    while not holds():
        assert monotonic() - started < PATIENCE_S
        await asyncio.sleep(0.001)
