"""Waiting in the event loop for a condition."""

import asyncio
from collections.abc import Callable
from time import monotonic

from tests.processes import PATIENCE_S


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true; fail if that takes too long."""
    started = monotonic()
    while not condition():
        assert monotonic() - started < PATIENCE_S
        await asyncio.sleep(0.001)
