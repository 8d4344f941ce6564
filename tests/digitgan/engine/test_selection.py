"""How an engine makes candidates, has them scored, and gives what was chosen."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.contract.errors import Overloaded, RunFailed
from digitgan.engine.backend import Images
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Choosing, Chosen, Tally, choose_here
from digitgan.engine.source import Seeds
from tests.backends import EchoBackend

LABELS = (0, 0, 0, 0)


@dataclass(frozen=True)
class SecondOfTwo:
    """Takes the second candidate of each image: that of the next seed but 100."""

    scored: list[int] = field(default_factory=list)
    fault: Exception | None = None
    n_candidates = 2

    def n_at_once(self, n_images: int) -> int:
        return 2 * n_images

    def check(self, plan: Plan, card: Card) -> None: ...

    def choose(self, plan: Plan) -> Choosing:
        assert isinstance(plan.source, Seeds)
        n, seeds = len(plan), [seed + offset for offset in (0, 100) for seed in plan.source.values]
        images, scores = yield replace(plan, source=Seeds(seeds), labels=None, selection=None)
        assert scores.tolist() == list(range(2 * n)) or len(self.scored) > 1
        return Chosen(Seeds(seeds[n:]), images.part(n, 2 * n), Tally(n, n, 0, 2 * n))

    def score(self, images: Images) -> NDArray[np.float64]:
        if self.fault:
            raise self.fault
        self.scored.append(len(images.pixels))
        return np.arange(len(images.pixels), dtype=np.float64)

    def describe(self) -> str:
        return "second"


def an_engine(backend: EchoBackend, **options: Any) -> Engine:
    return Engine([backend], default_model="tiny", **{"batch_images": 4, "queue_images": 64} | options)


def seeds(generated: Sequence[Generated]) -> list[int]:
    return [seed for each in generated for seed in each.source.values]  # type: ignore[attr-defined]


async def streamed(engine: Engine, plan: Plan, size: int) -> list[Generated]:
    return [each async for each in await engine.stream(plan, size)]


def test_engine_and_worker_give_the_same_images() -> None:
    backend, selection = EchoBackend(), SecondOfTwo()
    plan = Plan(source=Seeds(range(5)), selection=selection)
    engine = an_engine(backend)
    made = asyncio.run(engine.generate(plan))
    assert seeds([made]) == [100, 101, 102, 103, 104]
    assert made.tally == Tally(5, 5, 0, 10)
    assert sorted(selection.scored) == [2, 4, 4]  # no thread is taken for more than a run
    here = choose_here(plan, lambda part: backend.run(part.rows(0, len(part), backend.card.latent_size)))
    assert seeds([made]) == list(here.source.values)  # type: ignore[attr-defined]
    assert np.array_equal(here.images.pixels, made.images.pixels)
    plain = asyncio.run(engine.generate(Plan(source=Seeds(range(100, 105)))))
    assert np.array_equal(plain.images.pixels, made.images.pixels)
    assert plain.tally is None
    engine.close()


def test_stream_chooses_chunk_by_chunk() -> None:
    engine = an_engine(EchoBackend())
    plan = Plan(source=Seeds(range(5)), selection=SecondOfTwo())
    chunks = asyncio.run(streamed(engine, plan, 2))
    assert [len(each.source) for each in chunks] == [2, 2, 1]
    assert seeds(chunks) == [100, 101, 102, 103, 104]
    engine.close()


def test_candidates_count_where_images_are_admitted() -> None:
    engine = an_engine(EchoBackend(), queue_images=64)

    async def admitted() -> list[int]:
        counts = []
        for selection in (None, SecondOfTwo()):
            async with engine.generating(Plan(source=Seeds(range(20)), selection=selection)):
                counts.append(engine.admitted_images)
        async with engine.generating(Plan(source=Seeds(range(30)))):
            with pytest.raises(Overloaded):
                await engine.generate(Plan(source=Seeds(range(30)), selection=SecondOfTwo()))
        return counts

    assert asyncio.run(admitted()) == [20, 40]
    assert Plan(source=Seeds(range(20)), selection=SecondOfTwo()).n_made == 40
    engine.close()


def test_observer_is_told_how_images_were_chosen() -> None:
    tallies: list[Tally] = []

    class Notes:
        def chosen(self) -> None: ...
        def waited(self, queue_s: float) -> None: ...
        def ran(self, n_images: int, model_s: float) -> None: ...
        def selected(self, tally: Tally) -> None:
            tallies.append(tally)

    engine = an_engine(EchoBackend(), observe=lambda _: Notes())
    for selection in (None, SecondOfTwo()):
        asyncio.run(engine.generate(Plan(source=Seeds(range(3)), selection=selection)))
    assert tallies == [Tally(3, 3, 0, 6)]
    engine.close()


def test_fault_of_a_score_ends_the_request_and_frees_its_room() -> None:
    engine = an_engine(EchoBackend())
    plan = Plan(source=Seeds(range(9)), selection=SecondOfTwo(fault=RunFailed("broken")))
    with pytest.raises(RunFailed, match="broken"):
        asyncio.run(engine.generate(plan))
    assert engine.admitted_images == 0
    engine.close()


def test_outcomes_of_candidates_add_up() -> None:
    tally = Tally(images=10, later=4, refused=3, candidates=40) + Tally(images=1, candidates=1)
    assert tally.outcomes == {"first": 7, "later": 4, "refused": 3, "easier": 27}
    assert sum(tally.outcomes.values()) == tally.candidates == 41
