"""Knows when the models folder is looked at again, and brings what was found into service while requests go on.

Does not know signals, nor what is looked for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from digitgan.contract.errors import CannotServe
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository

log = logging.getLogger(__name__)


class Reloader:
    """Looks when asked, and every so often if wanted, in a thread of its own; swaps in the event loop.

    Args:
        repository: finds and loads versions.
        engine: serves them.
        every_s: seconds between looks; 0 looks only when asked.
    """

    def __init__(self, repository: Repository, engine: Engine, every_s: float) -> None:
        self._repository = repository
        self._engine = engine
        self._every_s = every_s
        self._asked = asyncio.Event()
        self._said: set[str] = set()

    def ask(self) -> None:
        """Look as soon as the look in progress is over; to be called in the event loop."""
        self._asked.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look whenever it is time, while the block runs; a look in progress is waited for."""
        looking = asyncio.create_task(self._run())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), self._every_s or None)
            was_asked = self._asked.is_set()
            self._asked.clear()
            try:
                await self._look(was_asked)
            except Exception:
                log.exception("looking at the models failed; what was served is served on")

    async def _look(self, was_asked: bool) -> None:
        keep = self._engine.default_model
        complaints = set()
        before = self._engine.backends
        try:
            backends = await asyncio.to_thread(self._repository.look, keep, at_once=was_asked)
            self._engine.swap(backends)
        except CannotServe as error:
            complaints.add(str(error))
        complaints |= {refused.reason for refused in self._repository.refused}
        for complaint in sorted(complaints if was_asked else complaints - self._said):
            log.error("%s; what was served is served on", complaint)
        self._said = complaints
        now = self._engine.backends
        for what, some, others in (("serving", now, before), ("let go of", before, now)):
            for card in (backend.card for backend in some if backend not in others):
                log.info("%s model %s, version %s", what, card.model, card.version)
