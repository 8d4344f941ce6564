"""Reloads the models folder on request or at intervals, while requests are served."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from digitgan.contract.errors import CannotServe
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Refused, Repository

from .telemetry import events
from .telemetry.records import ReloadOutcome


class Reloader:
    """Looks at the models folder in a thread of its own, and swaps models in the event loop.

    Args:
        repository: finds and loads versions.
        engine: serves them.
        every_s: seconds between looks; 0 to look only when triggered.
        record: is told what came of each look: other versions are served, or the same; a version is refused; or the
            look failed, for example since the whole folder is unusable.
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
        self._reported: set[Refused] = set()
        self._failure = ""  # of the last look
        self._warned: list[str] = []

    def trigger(self) -> None:
        """Look as soon as any look in progress is over; to be called in the event loop."""
        self._triggered.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Report what is wrong after the start, then look whenever it is time while the block runs.

        The block's end waits for a look in progress.
        """
        self._report_refused(again=False)
        self._report_weights(again=False)
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
            except Exception as error:
                self._record("failed")
                events.RELOAD_FAILED.log(reason=f"reload failed: {type(error).__name__}", exc_info=True)

    async def _look(self, was_triggered: bool) -> ReloadOutcome:
        keep = self._engine.default_model
        before = self._engine.backends
        try:
            backends = await asyncio.to_thread(self._repository.look, keep, at_once=was_triggered)
            self._engine.swap(backends)
        except CannotServe as error:
            if was_triggered or str(error) != self._failure:
                events.RELOAD_FAILED.log(reason=str(error))
            self._failure = str(error)
            return "failed"
        self._failure = ""
        now = self._engine.backends
        served, removed = (
            [each for each in these if each not in those] for these, those in ((now, before), (before, now))
        )
        for event, backends in ((events.VERSION_SERVED, served), (events.VERSION_REMOVED, removed)):
            for card in (each.card for each in backends):
                event.log(model=card.model, version=card.version)
        n_refused = self._report_refused(again=was_triggered)
        self._report_weights(again=was_triggered)
        if was_triggered or served or removed or n_refused:
            events.RELOAD.log(served=len(served), removed=len(removed), refused=n_refused)
        if self._reported:
            return "refused"
        return "changed" if served or removed else "unchanged"

    def _report_refused(self, *, again: bool) -> int:
        """Log the refused versions, those reported before only on demand, and return how many were logged."""
        refused = self._repository.refused
        news = [each for each in refused if again or each not in self._reported]
        for each in news:
            events.VERSION_REFUSED.log(model=each.model, version=each.version, reason=each.reason)
        self._reported = set(refused)
        return len(news)

    def _report_weights(self, *, again: bool) -> None:
        """Log what is wrong with the weights of versions; what was logged before only on demand."""
        problems = self._engine.weight_problems
        for problem in problems:
            if again or problem not in self._warned:
                events.WEIGHT_UNUSED.log(reason=problem)
        self._warned = problems
