"""Which model version answers a plan, what is refused, and how streams and swaps behave."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from digitgan.contract.card import Card
from digitgan.contract.errors import CannotServe, InvalidPlan, Overloaded, UnknownModel
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Tally
from digitgan.engine.source import Seeds
from tests.backends import EchoBackend, Gate
from tests.cards import a_card
from tests.eventually import eventually
from tests.processes import PATIENCE_S, wait_until

VERSIONS = [("digits", "9"), ("mlp", "1"), ("digits", "10"), ("digits", "2")]


def an_engine(*backends: EchoBackend, queue_images: int = 100, inline_images: int = 8) -> Engine:
    some = backends or [EchoBackend(a_card(model=model, version=version)) for model, version in VERSIONS]
    return Engine(
        some,
        default_model=some[0].card.model,
        batch_images=8,
        queue_images=queue_images,
        inline_images=inline_images,
    )


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = an_engine()
    yield engine
    engine.close()


def test_all_models_share_the_threads() -> None:
    ran_in: set[threading.Thread] = set()
    models = ("digits", "mlp", "tiny")
    backends = [EchoBackend(a_card(model=each), lambda _: ran_in.add(threading.current_thread())) for each in models]
    engine = Engine(backends, default_model="digits", batch_images=8, queue_images=1000, inline_images=0, threads=2)

    async def generate_all() -> None:
        await asyncio.gather(*(engine.generate(Plan(source=Seeds(range(64)), model=each)) for each in models))

    asyncio.run(generate_all())
    engine.close()
    assert all(len(each.batches) >= 8 for each in backends)
    assert 1 <= len(ran_in) <= 2
    assert threading.current_thread() not in ran_in


@pytest.mark.parametrize(
    ("model", "version", "found"),
    [
        (None, None, ("digits", "10")),
        ("digits", None, ("digits", "10")),
        ("digits", "9", ("digits", "9")),
        (None, "2", ("digits", "2")),
        ("mlp", None, ("mlp", "1")),
    ],
)
def test_find_defaults_to_the_newest_version_of_the_default_model(
    engine: Engine, model: str | None, version: str | None, found: tuple[str, str]
) -> None:
    card = engine.find(model, version).card
    assert (card.model, card.version) == found


def test_versions_are_ordered_by_number(engine: Engine) -> None:
    assert engine.versions("digits") == ["2", "9", "10"]
    assert [each.card.version for each in engine.backends] == ["2", "9", "10", "1"]


def test_weights_share_the_plans_without_a_version_and_follow_a_swap() -> None:
    backends = [EchoBackend(a_card(version=version)) for version in ("1", "2", "3")]
    chosen: list[str] = []

    class Notes:
        def __init__(self, card: Card) -> None:
            self.version = card.version

        def chosen(self) -> None:
            chosen.append(self.version)

        def waited(self, queue_s: float) -> None: ...

        def ran(self, n_images: int, model_s: float) -> None: ...

        def selected(self, tally: Tally) -> None: ...

    engine = Engine(
        backends,
        default_model="tiny",
        batch_images=8,
        queue_images=100,
        observe=Notes,
        weights={"tiny": {"1": 1, "2": 1}},
    )
    plans = [Plan(source=Seeds([seed])) for seed in range(40)]

    async def versions(**named: str) -> list[str]:
        return [(await engine.generate(replace(plan, **named))).card.version for plan in plans]  # type: ignore[arg-type]

    made = asyncio.run(versions())
    assert set(made) == {"1", "2"}
    assert made == chosen == [engine.check(plan).version for plan in plans]
    assert made == asyncio.run(versions(model="tiny"))
    assert set(asyncio.run(versions(version="3"))) == {"3"}
    assert engine.find(None, None).card.version == "2"
    assert engine.shares("tiny") == {"1": 0.5, "2": 0.5, "3": 0.0}
    assert len(chosen) == 80, "a request that names a version is not counted"
    engine.swap(backends[1:])
    assert set(asyncio.run(versions())) == {"2"}
    assert engine.weight_problems == ["version_weights: model 'tiny' has no version '1'; available versions: 2, 3"]
    engine.swap(backends[2:])
    assert set(asyncio.run(versions())) == {"3"}, "without any version that has a weight, the newest gets all"
    engine.close()


def test_unknown_model_is_refused_with_the_available_ones(engine: Engine) -> None:
    with pytest.raises(UnknownModel, match="no model 'letters'; available models: digits, mlp") as refused:
        engine.check(Plan(source=Seeds([1]), model="letters"))
    assert refused.value.field == "model"


def test_unknown_version_is_refused_with_the_available_ones(engine: Engine) -> None:
    with pytest.raises(
        UnknownModel, match="model 'digits' has no version '3'; available versions: 2, 9, 10"
    ) as refused:
        engine.check(Plan(source=Seeds([1]), version="3"))
    assert refused.value.field == "version"


def test_missing_default_model_is_refused() -> None:
    with pytest.raises(CannotServe, match="no default model 'digits'; available models: tiny"):
        Engine([EchoBackend()], default_model="digits", batch_images=8, queue_images=8)


def test_generate_returns_images_with_card_source_and_durations(engine: Engine) -> None:
    plan = Plan(source=Seeds([3, 4]), version="9")
    generated = asyncio.run(engine.generate(plan))
    assert (generated.card.model, generated.card.version) == ("digits", "9")
    assert generated.source is plan.source
    assert generated.images.pixels.shape == (2, 2, 3)
    assert generated.queue_s >= 0 and generated.model_s > 0


def test_invalid_plan_is_refused_before_it_is_admitted() -> None:
    backend = EchoBackend()
    engine = an_engine(backend)
    with pytest.raises(InvalidPlan):
        asyncio.run(engine.generate(Plan(source=Seeds([1]), labels=[3])))
    engine.close()
    assert not backend.batches
    assert not engine.admitted_images


def test_full_queue_refuses_at_once_and_has_room_again_afterwards() -> None:
    gate = Gate()
    engine = an_engine(EchoBackend(before_run=gate), inline_images=0, queue_images=10)

    async def test() -> None:
        waiting = asyncio.create_task(engine.generate(Plan(source=Seeds(list(range(10))))))
        await asyncio.to_thread(gate.entered.wait, PATIENCE_S)
        with pytest.raises(Overloaded):
            await engine.generate(Plan(source=Seeds([1])))
        gate.open.set()
        await waiting
        await engine.generate(Plan(source=Seeds([1])))

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    engine.close()


def test_stream_is_the_plan_in_chunks_of_a_few_runs() -> None:
    backend = EchoBackend()
    engine = an_engine(backend)
    plan = Plan(source=Seeds(range(70)), truncation=0.5)

    async def test() -> list[Generated]:
        return [generated async for generated in await engine.stream(plan)]

    chunks, whole = asyncio.run(test()), asyncio.run(engine.generate(plan))
    engine.close()
    assert [len(chunk.images.pixels) for chunk in chunks] == [32, 32, 6]
    assert [chunk.source.seed(i) for chunk in chunks for i in range(len(chunk.source))] == list(range(70))
    assert np.array_equal(np.concatenate([chunk.images.pixels for chunk in chunks]), whole.images.pixels)


def test_stream_is_refused_before_its_first_chunk_or_not_at_all() -> None:
    gate = Gate()
    backend = EchoBackend(before_run=gate)
    engine = an_engine(backend, queue_images=40, inline_images=0)  # the gate must not hold the loop
    gate.open.set()

    async def test() -> None:
        chunks = await engine.stream(Plan(source=Seeds(range(96))))
        await anext(chunks)
        await eventually(lambda: sum(backend.batches) == 64 and not engine.admitted_images)
        gate.open.clear()
        gate.entered.clear()
        waiting = asyncio.create_task(engine.generate(Plan(source=Seeds(range(40)))))  # takes all room
        await asyncio.to_thread(gate.entered.wait, PATIENCE_S)
        with pytest.raises(Overloaded):
            await engine.stream(Plan(source=Seeds(range(64))))
        await anext(chunks)  # was made ahead
        third = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0.01)
        assert not third.done()
        gate.open.set()
        assert len((await third).images.pixels) == 32
        await waiting

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    engine.close()


def test_stream_that_is_not_read_makes_one_chunk_ahead_and_holds_no_room() -> None:
    backend = EchoBackend()
    engine = an_engine(backend, queue_images=32)

    async def test() -> None:
        chunks = await engine.stream(Plan(source=Seeds(range(1000))))
        await anext(chunks)
        await eventually(lambda: sum(backend.batches) == 64 and not engine.admitted_images)
        await asyncio.sleep(0.01)
        assert sum(backend.batches) == 64
        await engine.generate(Plan(source=Seeds(range(32))))

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    engine.close()


@pytest.mark.parametrize(
    ("chunk_images", "waits", "sizes"),
    [
        (50, False, [50, 20]),
        (100, False, [70]),
        (50, True, [16, 50, 4]),
        (100, True, [16, 54]),
        (8, True, [8] * 8 + [6]),
    ],
)
def test_stream_has_chunks_of_the_requested_size(
    engine: Engine, chunk_images: int, waits: bool, sizes: list[int]
) -> None:
    async def test() -> list[Generated]:
        plan = Plan(source=Seeds(range(70)))
        return [chunk async for chunk in await engine.stream(plan, chunk_images, waits=waits)]

    chunks = asyncio.run(test())
    assert [len(chunk.images.pixels) for chunk in chunks] == sizes
    assert [chunk.source.seed(i) for chunk in chunks for i in range(len(chunk.source))] == list(range(70))


def test_stream_that_waits_is_never_refused() -> None:
    engine = an_engine(EchoBackend(), queue_images=32)

    async def test() -> None:
        with engine._admission.admit(32):
            with pytest.raises(Overloaded):
                await engine.stream(Plan(source=Seeds(range(64))))
            waiting = asyncio.create_task(engine.stream(Plan(source=Seeds(range(64))), waits=True))
            await asyncio.sleep(0.01)
            assert not waiting.done()
        assert [len(chunk.source) async for chunk in await waiting] == [16, 32, 16]

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    engine.close()


def test_close_can_be_called_twice(engine: Engine) -> None:
    engine.close()
    engine.close()


def test_swap_replaces_the_table_and_keeps_backends_that_stay(engine: Engine) -> None:
    staying = engine.find("mlp", None)
    engine.swap([staying, EchoBackend(a_card(model="digits", version="11"))])
    assert engine.find(None, None).card.version == "11"
    assert engine.versions("digits") == ["11"]
    assert engine.find("mlp", None) is staying
    with pytest.raises(UnknownModel):
        engine.find("digits", "10")


def test_swap_without_the_default_model_is_refused_and_changes_nothing(engine: Engine) -> None:
    with pytest.raises(CannotServe):
        engine.swap([EchoBackend(a_card(model="mlp"))])
    assert engine.models == ["digits", "mlp"]


def test_request_ends_on_its_version_which_is_then_released() -> None:
    gate = Gate()
    old, new = EchoBackend(before_run=gate), EchoBackend(a_card(version="2"))
    engine = an_engine(old, inline_images=0)
    lives = weakref.ref(old)
    del old

    async def test() -> None:
        waiting = asyncio.create_task(engine.generate(Plan(source=Seeds([1]))))
        await asyncio.to_thread(gate.entered.wait, PATIENCE_S)
        engine.swap([new])
        gate.open.set()
        assert (await waiting).card.version == "1"

    def is_gone() -> bool:
        gc.collect()
        return lives() is None

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    wait_until(is_gone)  # the thread releases the backend shortly after it has returned
    engine.close()


def test_stream_keeps_its_version_after_a_swap() -> None:
    engine = an_engine(EchoBackend())

    async def test() -> None:
        chunks = await engine.stream(Plan(source=Seeds(range(64))))
        engine.swap([EchoBackend(a_card(version="2"))])
        assert [chunk.card.version async for chunk in chunks] == ["1", "1"]
        assert (await engine.generate(Plan(source=Seeds([1])))).card.version == "2"

    asyncio.run(asyncio.wait_for(test(), PATIENCE_S))
    engine.close()
