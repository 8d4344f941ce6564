"""Reloads the models folder on request or at intervals, while requests are served."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from digitgan.contract.errors import CannotServe
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository

from .telemetry.records import ReloadOutcome

log = logging.getLogger(__name__)


class Reloader:
    """Looks at the models folder in a thread of its own, and swaps models in the event loop.

    Args:
        repository: finds and loads versions.
        engine: serves them.
        every_s: seconds between looks; 0 to look only when triggered.
        record: is told what came of each look: other versions are served, the same, or a version or the whole folder
            was refused; or the look itself failed.
    """

    def __init__(
        self,
        repository: Repository,
        engine: Engine,
        every_s: float,
        record: Callable[[ReloadOutcome], object] = lambda _: None,
    ) -> None:
        self._repository = repository
        self._engine = engine
        self._every_s = every_s
        self._record = record
        self._triggered = asyncio.Event()
        self._reported: set[str] = set()
        self._warned: set[str] = set()

    def trigger(self) -> None:
        """Look as soon as any look in progress is over; to be called in the event loop."""
        self._triggered.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look whenever it is time while the block runs; its end waits for a look in progress."""
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
                await asyncio.wait_for(self._triggered.wait(), self._every_s or None)
            was_triggered = self._triggered.is_set()
            self._triggered.clear()
            try:
                self._record(await self._look(was_triggered))
            except Exception:
                self._record("failed")
                log.exception("reload failed; the models loaded before stay in service")

    async def _look(self, was_triggered: bool) -> ReloadOutcome:
        keep = self._engine.default_model
        reasons = set()
        before = self._engine.backends
        try:
            backends = await asyncio.to_thread(self._repository.look, keep, at_once=was_triggered)
            self._engine.swap(backends)
        except CannotServe as error:
            reasons.add(str(error))
        reasons |= {refused.reason for refused in self._repository.refused}
        for reason in sorted(reasons if was_triggered else reasons - self._reported):
            log.error("%s; the models loaded before stay in service", reason)
        self._reported = reasons
        problems = set(self._engine.weight_problems)
        for problem in sorted(problems if was_triggered else problems - self._warned):
            log.warning("%s; the other versions share its requests", problem)
        self._warned = problems
        now = self._engine.backends
        for what, these, those in (("serving", now, before), ("no longer serving", before, now)):
            for card in (backend.card for backend in these if backend not in those):
                log.info("%s model %s, version %s", what, card.model, card.version)
        if reasons:
            return "refused"
        return "unchanged" if now == before else "changed"
