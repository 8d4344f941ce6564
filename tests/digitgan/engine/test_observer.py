"""What an observer is told about real work in the engine."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from digitgan.engine.batcher import Batcher
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Tally
from digitgan.engine.source import Seeds
from tests.backends import EchoBackend


class Notes:
    """Records every notification."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, float]] = []
        self.waits: list[float] = []

    def chosen(self) -> None: ...

    def waited(self, queue_s: float) -> None:
        self.waits.append(queue_s)

    def ran(self, n_images: int, model_s: float) -> None:
        self.runs.append((n_images, model_s))

    def selected(self, tally: Tally) -> None: ...


def heard(backend: EchoBackend, *sizes: int) -> Notes:
    """Return what an observer was told about simultaneous requests of these sizes, in runs of at most 8 images."""
    notes = Notes()

    async def generate() -> None:
        with ThreadPoolExecutor(1) as executor:
            batcher = Batcher(backend, executor, batch_images=8, inline_images=4, observer=notes)
            await asyncio.gather(*(batcher.run(Plan(source=Seeds(range(n)))) for n in sizes))

    asyncio.run(generate())
    return notes


def test_observer_is_notified_once_of_each_run_and_request() -> None:
    notes = heard(EchoBackend(), 1, 2, 9)
    assert sum(n for n, _ in notes.runs) == 12
    assert max(n for n, _ in notes.runs) <= 8
    assert all(seconds > 0 for _, seconds in notes.runs)
    assert len(notes.waits) == 3
    assert all(seconds >= 0 for seconds in notes.waits)
