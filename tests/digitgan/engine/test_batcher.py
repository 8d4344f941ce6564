"""Which images each request gets from the batcher, and how requests affect each other.

A gate in the backend holds the first run, so that each test decides what waits in the queue by then.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from digitgan.contract.errors import RunFailed
from digitgan.engine.backend import Images, Rows
from digitgan.engine.batcher import Batched, Batcher
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents, Seeds
from tests.backends import EchoBackend, Gate
from tests.cards import a_card
from tests.processes import PATIENCE_S

ROOM = 8


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as one_thread:
        yield one_thread


def a_plan(values: Sequence[int]) -> Plan:
    """Return a plan whose i-th image must have the grey level of the i-th value."""
    latents = np.zeros((len(values), 4), np.float32)
    latents[:, 0] = values
    return Plan(source=Latents(latents))


def greys(batched: Batched) -> list[int]:
    assert (batched.images.pixels == batched.images.pixels[:, :1, :1]).all()
    return [int(grey) for grey in batched.images.pixels[:, 0, 0]]


async def entered(gate: Gate) -> None:
    await asyncio.to_thread(gate.entered.wait, PATIENCE_S)


def run(test: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(test, PATIENCE_S))


def test_lone_request_runs_at_once_and_alone(executor: ThreadPoolExecutor) -> None:
    backend = EchoBackend()

    async def test() -> None:
        batched = await Batcher(backend, executor, ROOM, inline_images=0).run(a_plan([7]))
        assert greys(batched) == [7]
        assert batched.queue_s < PATIENCE_S and batched.model_s < PATIENCE_S

    run(test())
    assert backend.batches == [1]


def test_small_batch_runs_in_the_event_loop_and_a_large_one_in_a_thread(executor: ThreadPoolExecutor) -> None:
    threads = []
    backend = EchoBackend(before_run=lambda rows: threads.append(threading.current_thread()))

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=3)
        for n in (1, 3, 4):
            assert greys(await batcher.run(a_plan(range(n)))) == list(range(n))

    run(test())
    here = threading.current_thread()
    assert [thread is here for thread in threads] == [True, True, False]


def test_requests_of_one_turn_of_the_event_loop_run_together(executor: ThreadPoolExecutor) -> None:
    backend = EchoBackend()

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=ROOM)
        answers = await asyncio.gather(*(batcher.run(a_plan([i])) for i in range(5)))
        assert [greys(batched) for batched in answers] == [[i] for i in range(5)]

    run(test())
    assert backend.batches == [5]


def test_requests_that_come_one_by_one_do_not_wait_and_others_soon_find_each_other(
    executor: ThreadPoolExecutor,
) -> None:
    backend = EchoBackend()

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=ROOM)
        for _ in range(2 * ROOM + 1):
            await batcher.run(a_plan([1]))
        with pytest.raises(StopIteration) as ended:
            batcher.run(a_plan([2])).send(None)  # without a turn of the event loop
        assert greys(ended.value.value) == [2]
        backend.batches.clear()
        for _ in range(4):
            await asyncio.gather(*(batcher.run(a_plan([i])) for i in range(ROOM)))

    run(test())
    alone, together = backend.batches[:-3], backend.batches[-2:]
    assert set(alone) == {1} and len(alone) < 2 * ROOM
    assert together == [ROOM, ROOM]


def test_failed_run_of_a_request_that_runs_at_once_fails_it_alone(
    executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(rows: Rows) -> None:
        if rows.latents[0, 0] == 13:
            raise ZeroDivisionError

    async def test() -> None:
        batcher = Batcher(EchoBackend(before_run=refuse), executor, ROOM, inline_images=ROOM)
        for _ in range(2 * ROOM + 1):
            await batcher.run(a_plan([1]))
        with pytest.raises(RunFailed) as failed:
            batcher.run(a_plan([13])).send(None)  # without a turn of the event loop
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
        assert greys(await batcher.run(a_plan([2]))) == [2]

    run(test())
    assert [record.getMessage() for record in caplog.records] == ["model run of 1 images for 1 requests failed"]


def test_every_request_gets_its_own_images_in_order(executor: ThreadPoolExecutor) -> None:
    async def test() -> None:
        batcher = Batcher(EchoBackend(), executor, ROOM, inline_images=0)
        wanted = [[(17 * request + i) % 256 for i in range(1 + request * 5 % 23)] for request in range(60)]
        answers = await asyncio.gather(*(batcher.run(a_plan(values)) for values in wanted))
        assert [greys(batched) for batched in answers] == wanted

    run(test())


def test_waiting_requests_run_together(executor: ThreadPoolExecutor) -> None:
    gate = Gate()
    backend = EchoBackend(before_run=gate)

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=0)
        waiting = [asyncio.create_task(batcher.run(a_plan([i]))) for i in range(6)]
        await entered(gate)
        gate.open.set()
        assert [greys(batched) for batched in await asyncio.gather(*waiting)] == [[i] for i in range(6)]

    run(test())
    assert sum(backend.batches) == 6
    assert len(backend.batches) <= 2


def test_small_request_overtakes_the_rest_of_a_large_one(executor: ThreadPoolExecutor) -> None:
    gate = Gate()

    async def test() -> None:
        batcher = Batcher(EchoBackend(before_run=gate), executor, ROOM, inline_images=0)
        large = asyncio.create_task(batcher.run(a_plan(range(200))))
        await entered(gate)
        small = asyncio.create_task(batcher.run(a_plan([250])))
        await asyncio.sleep(0)  # lets the small one enter the queue
        gate.open.set()
        assert greys(await small) == [250]
        assert not large.done()
        assert greys(await large) == list(range(200))

    run(test())


def test_no_run_is_larger_than_a_batch(executor: ThreadPoolExecutor) -> None:
    backend = EchoBackend()

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=0)
        await asyncio.gather(*(batcher.run(a_plan(range(n))) for n in (1, 30, 5, 9)))

    run(test())
    assert max(backend.batches) <= ROOM


def test_max_runs_are_in_progress_at_a_time() -> None:
    both = threading.Barrier(2)  # breaks if the runs are consecutive

    def meet(rows: Rows) -> None:
        both.wait(PATIENCE_S)

    backend = EchoBackend(before_run=meet)

    async def test() -> None:
        with ThreadPoolExecutor(4) as threads:
            batcher = Batcher(backend, threads, ROOM, inline_images=0, max_runs=2)
            answers = await asyncio.gather(*(batcher.run(a_plan(range(ROOM * n))) for n in (1, 3, 4)))
            assert [greys(batched) for batched in answers] == [list(range(ROOM * n)) for n in (1, 3, 4)]

    run(test())
    assert sum(backend.batches) == 8 * ROOM


def test_at_most_max_runs_are_in_progress() -> None:
    running = threading.Semaphore(2)

    def count(rows: Rows) -> None:
        assert running.acquire(blocking=False)
        time.sleep(0.001)
        running.release()

    async def test() -> None:
        with ThreadPoolExecutor(8) as threads:
            batcher = Batcher(EchoBackend(before_run=count), threads, ROOM, inline_images=0, max_runs=2)
            await asyncio.gather(*(batcher.run(a_plan(range(40))) for _ in range(8)))

    run(test())


def test_lone_batch_is_divided_among_idle_threads() -> None:
    backend = EchoBackend()

    async def test() -> None:
        with ThreadPoolExecutor(2) as threads:
            batched = await Batcher(backend, threads, ROOM, inline_images=0, max_runs=2).run(a_plan(range(ROOM)))
            assert greys(batched) == list(range(ROOM))

    run(test())
    assert backend.batches == [ROOM // 2, ROOM // 2]


def test_failed_run_fails_only_the_requests_of_its_batch(
    executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate()
    cause = ValueError("thirteen")

    def fail_on_13(rows: Rows) -> None:
        gate(rows)
        if 13 in rows.latents[:, 0]:
            raise cause

    async def test() -> None:
        batcher = Batcher(EchoBackend(before_run=fail_on_13), executor, ROOM, inline_images=0)
        before = asyncio.create_task(batcher.run(a_plan([1])))
        await entered(gate)
        bad = [asyncio.create_task(batcher.run(a_plan([i]))) for i in (13, 14)]
        await asyncio.sleep(0)
        gate.open.set()
        assert greys(await before) == [1]
        for each in await asyncio.gather(*bad, return_exceptions=True):
            assert isinstance(each, RunFailed) and each.__cause__ is cause
        assert greys(await batcher.run(a_plan([2]))) == [2]

    with caplog.at_level(logging.ERROR):
        run(test())
    assert "model run of 2 images for 2 requests failed" in caplog.text
    assert "thirteen" in caplog.text


def test_no_more_rows_of_a_failed_request_run(executor: ThreadPoolExecutor) -> None:
    def fail(rows: Rows) -> None:
        raise ValueError

    backend = EchoBackend(before_run=fail)

    async def test() -> None:
        with pytest.raises(RunFailed):
            await Batcher(backend, executor, ROOM, inline_images=0).run(a_plan(range(100)))

    run(test())
    assert backend.batches == [ROOM]


def test_run_with_too_few_images_fails_its_requests(
    executor: ThreadPoolExecutor,
) -> None:
    class Short(EchoBackend):
        def run(self, rows: Rows) -> Images:
            images = super().run(rows)
            return Images(images.pixels[:-2], None)

    async def test() -> None:
        batcher = Batcher(Short(), executor, ROOM, inline_images=0)
        answers = await asyncio.gather(*(batcher.run(a_plan([i, i])) for i in range(3)), return_exceptions=True)
        assert any(isinstance(each, RunFailed) for each in answers)

    run(test())


def test_cancelled_request_leaves_the_queue(executor: ThreadPoolExecutor) -> None:
    gate = Gate()
    backend = EchoBackend(before_run=gate)

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=0)
        first = asyncio.create_task(batcher.run(a_plan([1])))
        await entered(gate)
        gone = asyncio.create_task(batcher.run(a_plan([9] * 1000)))
        stays = asyncio.create_task(batcher.run(a_plan([2])))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        gate.open.set()
        assert [greys(each) for each in await asyncio.gather(first, stays)] == [[1], [2]]
        assert gone.cancelled()

    run(test())
    assert sum(backend.batches) == 2


def test_request_cancelled_during_a_run_does_not_affect_others(executor: ThreadPoolExecutor) -> None:
    gate = Gate()
    backend = EchoBackend(before_run=gate)

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=0)
        gone = asyncio.create_task(batcher.run(a_plan([9] * 1000)))
        await entered(gate)
        stays = asyncio.create_task(batcher.run(a_plan([2])))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        gate.open.set()
        assert greys(await stays) == [2]

    run(test())
    assert sum(backend.batches) == ROOM + 1


def test_every_request_gets_its_own_labels(executor: ThreadPoolExecutor) -> None:
    backend = EchoBackend(a_card(n_classes=10, latent_size=14))

    async def test() -> None:
        batcher = Batcher(backend, executor, ROOM, inline_images=0)
        plans = [Plan(source=Seeds(range(n)), labels=[n % 10] * n) for n in (3, 20, 7)]
        for plan, batched in zip(plans, await asyncio.gather(*map(batcher.run, plans)), strict=True):
            assert batched.images.labels is not None
            assert batched.images.labels.tolist() == plan.labels

    run(test())
