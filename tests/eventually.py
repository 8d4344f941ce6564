"""Knows how a test waits in the event loop for what will be so. Does not know what that is."""

import asyncio
from collections.abc import Callable


async def eventually(is_so: Callable[[], bool]) -> None:
    """Return when it is so; fail after ten seconds."""
    for _ in range(10_000):
        if is_so():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("not within ten seconds")
