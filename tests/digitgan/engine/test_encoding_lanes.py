"""Where encodings are executed, in which order, and within which memory."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from digitgan.engine.encoding_lanes import EncodingLanes

MIB = 2**20
LONG = 20 * MIB


class Gate:
    """An encoding that lasts until it is opened."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.has_started = threading.Event()

    def __call__(self) -> str:
        self.has_started.set()
        assert self._opened.wait(30)
        return "long"

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def lanes() -> Iterator[EncodingLanes]:
    lanes = EncodingLanes(64 * MIB, threads=2)
    yield lanes
    lanes.close()


async def started(lanes: EncodingLanes, n_bytes: int, function: Callable[[], str]) -> asyncio.Task[str]:
    """Return an encoding that has taken its place."""
    task = asyncio.create_task(lanes.run(n_bytes, function))
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("n_bytes", "is_slow", "is_inline"),
    [(256 * 1024, False, True), (256 * 1024, True, False), (MIB, False, False), (LONG, False, False)],
)
def test_only_quick_encodings_run_in_the_event_loop(
    lanes: EncodingLanes, n_bytes: int, is_slow: bool, is_inline: bool
) -> None:
    thread = asyncio.run(lanes.run(n_bytes, threading.current_thread, is_slow=is_slow))
    assert (thread is threading.current_thread()) == is_inline


def test_short_encodings_pass_between_long_ones(lanes: EncodingLanes) -> None:
    async def run() -> None:
        gates = [Gate() for _ in range(5)]
        long = [await started(lanes, LONG, gate) for gate in gates]
        assert lanes.n_waiting == 3
        assert await lanes.run(MIB, lambda: "short") == "short"
        for gate in gates:
            gate.open()
        assert await asyncio.gather(*long) == ["long"] * 5
        assert (lanes.n_waiting, lanes.budget.used_bytes) == (0, 0)

    asyncio.run(run())


def test_shorter_encodings_go_first_among_those_that_wait(lanes: EncodingLanes) -> None:
    async def run() -> list[str]:
        gates = [Gate(), Gate()]
        running = [await started(lanes, LONG, gate) for gate in gates]
        order: list[str] = []

        def note(name: str) -> str:
            order.append(name)
            return name

        waiting = [
            await started(lanes, n_bytes, partial(note, name)) for name, n_bytes in (("b", 60 * MIB), ("a", 40 * MIB))
        ]
        for gate in gates:
            gate.open()
        await asyncio.gather(*running, *waiting)
        return order

    assert asyncio.run(run()) == ["a", "b"]


def test_long_encodings_wait_for_memory_while_a_thread_is_idle(lanes: EncodingLanes) -> None:
    async def run() -> None:
        gate = Gate()
        first = await started(lanes, 40 * MIB, gate)
        second = await started(lanes, 40 * MIB, lambda: "second")
        assert (lanes.n_waiting, lanes.budget.used_bytes) == (1, 40 * MIB)
        gate.open()
        assert [await first, await second] == ["long", "second"]

    asyncio.run(run())


def test_cancelled_encoding_keeps_its_memory_until_its_thread_has_ended(lanes: EncodingLanes) -> None:
    async def run() -> None:
        gate = Gate()
        task = await started(lanes, LONG, gate)
        assert await asyncio.to_thread(gate.has_started.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        assert (task.done(), lanes.budget.used_bytes) == (False, LONG)
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert lanes.budget.used_bytes == 0

    asyncio.run(run())


def test_encoding_cancelled_twice_gives_back_its_place(lanes: EncodingLanes) -> None:
    """Starlette cancels a stream whose client has left again and again, until its task ends."""

    async def run() -> None:
        gates = [Gate(), Gate()]
        tasks = [await started(lanes, LONG, gate) for gate in gates]
        for _ in range(2):
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait(tasks)
        assert lanes.budget.used_bytes == 2 * LONG
        for gate in gates:
            gate.open()
        needs_all = lanes.budget.limit_bytes  # so it starts only when both have given back what they took
        assert await lanes.run(needs_all, lambda: "next") == "next"
        assert lanes.budget.used_bytes == 0

    asyncio.run(run())


@pytest.mark.parametrize("turns", [0, 1])
def test_encoding_cancelled_while_it_waits_never_runs(lanes: EncodingLanes, turns: int) -> None:
    async def run() -> None:
        gates = [Gate(), Gate()]
        running = [await started(lanes, LONG, gate) for gate in gates]
        waiting = await started(lanes, LONG, lambda: pytest.fail("it was cancelled"))
        for gate in gates[:turns]:  # one thread is idle, so the turn of the one that waits has come
            gate.open()
            await running[0]
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        for gate in gates:
            gate.open()
        await asyncio.gather(*running)
        assert (lanes.n_waiting, lanes.budget.used_bytes) == (0, 0)

    asyncio.run(run())


def test_failure_of_an_encoding_frees_its_place(lanes: EncodingLanes) -> None:
    async def run() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lanes.run(LONG, lambda: 1 // 0)
        assert lanes.budget.used_bytes == 0

    asyncio.run(run())
