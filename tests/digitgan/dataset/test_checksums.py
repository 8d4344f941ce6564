"""Checksums of files that do not exist: in one pass, continued after a cut, and never computed twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from digitgan.contract.errors import Overloaded, RunFailed
from digitgan.dataset import checksums
from digitgan.dataset.checksums import Checksums, Pass, text_size
from digitgan.engine.backend import Rows
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan, Repeated
from digitgan.engine.source import Seeds
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.eventually import eventually

N, CHUNK = 40, 8
EXPECTED = b"".join(bytes([seed]) * 4 for seed in range(N))


class Pixels:
    """A file of pixels, with something before and after them."""

    def __init__(self, head: bytes = b"") -> None:
        self._head = head

    async def stream(self, job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
        yield self._head
        left = len(job.plan)
        while left:  # asks for no more than there is, as files of fixed layout do
            some = await anext(chunks)
            left -= len(some.source)
            yield bytes(seed for seed in some.source.values for _ in range(4))  # type: ignore[attr-defined]
        yield b"end"


def passes(engine: Engine) -> list[Pass]:
    def of(n: int, first: int, **files: bytes) -> Pass:
        plan = Plan(source=Seeds(range(first, first + n)), labels=Repeated(range(3), n))
        job = Job(card=engine.check(plan), plan=plan, picture=Picture(), chunk_images=CHUNK)
        return Pass(job=job, producer=engine, files={name: Pixels(head) for name, head in files.items()})

    return [of(0, 0, labels=b"l"), of(N, 0, images=b"i", other=b"o"), of(CHUNK, N, test=b"t")]


def lines_of(**contents: bytes) -> list[bytes]:
    return [f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode() for name, content in contents.items()]


ALL = lines_of(
    labels=b"lend",
    images=b"i" + EXPECTED + b"end",
    other=b"o" + EXPECTED + b"end",
    test=b"t" + b"".join(bytes([seed]) * 4 for seed in range(N, N + CHUNK)) + b"end",
)


def run(
    test: Callable[[Engine, EchoBackend, Checksums], Any], before_run: Callable[[Rows], None] = lambda _: None
) -> None:
    backend = EchoBackend(a_card(n_classes=3), before_run)
    engine = Engine([backend], default_model="tiny", batch_images=4, queue_images=64)
    try:
        asyncio.run(test(engine, backend, Checksums()))
    finally:
        engine.close()


def test_lines_are_those_of_the_whole_files_of_known_length() -> None:
    async def test(engine: Engine, backend: EchoBackend, sums: Checksums) -> None:
        assert sums.n_images_left("key", passes(engine)) == N + CHUNK
        assert [line async for line in await sums.begin("key", passes(engine))] == ALL
        assert sum(map(len, ALL)) == text_size(["labels", "images", "other", "test"])
        assert sums.known("key") == {line[66:-1].decode(): line[:64].decode() for line in ALL}
        assert sum(backend.batches) == N + CHUNK, "one pass over the images"
        assert [line async for line in await sums.begin("key", passes(engine))] == ALL
        assert (sum(backend.batches), sums.n_images_left("key", passes(engine))) == (N + CHUNK, 0)
        assert not sums.known("other key")

    run(test)


def test_work_goes_on_where_a_client_left_it() -> None:
    async def test(engine: Engine, backend: EchoBackend, sums: Checksums) -> None:
        async def leave(line: AsyncIterator[bytes]) -> None:
            async for _ in line:
                pass

        for n_left in (N, 3 * CHUNK):
            client = asyncio.create_task(leave(await sums.begin("key", passes(engine))))
            await eventually(lambda n=n_left: sums.n_images_left("key", passes(engine)) <= n)  # type: ignore[misc]
            client.cancel()
            await asyncio.wait([client])
            assert not sums.known("key")
        assert [line async for line in await sums.begin("key", passes(engine))] == ALL
        assert sum(backend.batches) == N + CHUNK

    run(test)


def test_clients_share_the_work_and_one_of_them_may_leave() -> None:
    async def test(engine: Engine, backend: EchoBackend, sums: Checksums) -> None:
        async def read() -> list[bytes]:
            return [line async for line in await sums.begin("key", passes(engine))]

        clients = [asyncio.create_task(read()) for _ in range(3)]
        await eventually(lambda: sums.n_images_left("key", passes(engine)) < N + CHUNK)
        clients[0].cancel()
        assert await clients[1] == await clients[2] == ALL
        assert sum(backend.batches) == N + CHUNK

    run(test)


def test_failed_run_keeps_what_was_computed() -> None:
    fails = [False, False, True]

    def fail(_: Rows) -> None:
        if fails and fails.pop(0):
            raise ValueError

    async def test(engine: Engine, backend: EchoBackend, sums: Checksums) -> None:
        lines = await sums.begin("key", passes(engine))
        assert await anext(lines) == ALL[0]
        with pytest.raises(RunFailed):
            await anext(lines)
        assert sums.n_images_left("key", passes(engine)) == N, "a chunk less"
        assert [line async for line in await sums.begin("key", passes(engine))] == ALL
        assert sum(backend.batches) <= N + 3 * CHUNK

    run(test, fail)


def test_full_queue_refuses_the_beginning_and_delays_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "_LONGEST_WAIT_S", 0.001)

    async def test(engine: Engine, _: EchoBackend, sums: Checksums) -> None:
        with engine._admission.admit(64), pytest.raises(Overloaded):
            await sums.begin("key", passes(engine))
        got = []
        async with aclosing(await sums.begin("key", passes(engine))) as all_lines:  # type: ignore[type-var]
            async for line in all_lines:
                got.append(line)
                if line == ALL[2]:
                    room = engine._admission.admit(64)
                    room.__enter__()
                    asyncio.get_running_loop().call_later(0.02, room.__exit__, None, None, None)
        assert got == ALL

    run(test)


def test_unfinished_work_is_bounded_and_what_rests_goes_first() -> None:
    async def test(engine: Engine, _: EchoBackend, sums: Checksums) -> None:
        async def one_line(key: str) -> AsyncIterator[bytes]:
            found = await sums.begin(key, passes(engine))
            assert await anext(found) == ALL[0]
            return found

        clients = [await one_line(f"key {i}") for i in range(12)]
        assert len(sums._unfinished) == 8
        assert [line async for line in clients[0]] == ALL[1:], "its images were dropped, and are made again"
        assert [line async for line in clients[11]] == ALL[1:]
        for i in range(8 - len(sums._unfinished)):
            await one_line(f"more {i}")
        for work in sums._unfinished.values():
            work._n_waiting += 1
        with pytest.raises(Overloaded, match="the checksums of 8 other data sets are being computed"):
            await sums.begin("too many", passes(engine))

    run(test)


def test_close_ends_the_work_of_clients_that_left() -> None:
    async def test(engine: Engine, backend: EchoBackend, sums: Checksums) -> None:
        async def read(lines: AsyncIterator[bytes]) -> None:
            async for _ in lines:
                pass

        client = asyncio.create_task(read(await sums.begin("key", passes(engine))))
        await eventually(lambda: sums.n_images_left("key", passes(engine)) < N + CHUNK)
        client.cancel()
        await sums.close()
        n_runs = len(backend.batches)
        await asyncio.sleep(0.01)
        assert len(backend.batches) == n_runs
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [line async for line in await sums.begin("key", passes(engine))] == ALL

    run(test)
