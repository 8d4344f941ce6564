"""Several processes generate the bytes of one, take turns within bounds, and never outlive their work."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from digitgan.contract.errors import RunFailed
from digitgan.dataset.selection import Counting
from digitgan.dataset.spec import DatasetSpec
from digitgan.dataset.workers import WORTHWHILE_IMAGES, Workers, open_producer
from digitgan.engine.cpus import available_cpus
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from digitgan.formats.encoding import Producer, encode, prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import FOLDERS, IDX, named
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture


class Files(NamedTuple):
    """Files that a data set consists of, and what makes them."""

    settings: EngineSettings
    engine: Engine
    jobs: list[Job]
    formats: list[Format]

    def encoded_by(self, producer: Producer) -> list[bytes]:
        """Return the bytes of each file."""
        return [asyncio.run(body(producer, job, format)) for job, format in zip(self.jobs, self.formats, strict=True)]

    @contextmanager
    def workers(self, n: int) -> Iterator[Workers]:
        with open_producer(self.engine, self.settings, self.jobs, n) as producer:
            assert isinstance(producer, Workers)
            yield producer


@contextmanager
def files(models_dir: Path, *counts: int, **options: int) -> Iterator[Files]:
    """Yield a file of some images in each installed format, for each count."""
    settings = EngineSettings(models_dir=models_dir, batch_images=16, **options)  # so a chunk has 64 images
    formats = [each for each in named(Use.DATASET).values() if each.is_installed]
    with open_engine(settings, "digits", "1") as engine:
        specs = [DatasetSpec(count=count, seed=count, truncation=0.9, model="digits") for count in counts]
        wanted = [(spec.plan(engine.find("digits", "1").card, spec.count), each) for spec in specs for each in formats]
        jobs = [prepare(engine, plan, Picture(), format) for plan, format in wanted]
        yield Files(settings, engine, jobs, [format for _, format in wanted])


async def body(producer: Producer, job: Job, format: Format, on_images: Callable[[int], object] | None = None) -> bytes:
    return b"".join([piece async for piece in (await encode(producer, job, format, on_images)).pieces])


def first_chunk(workers: Workers, job: Job) -> Generated:
    async def first() -> Generated:
        return await anext(await workers.stream(job.plan, job.chunk_images))

    return asyncio.run(first())


def test_bytes_are_the_same_for_any_number_of_workers(models_dir: Path) -> None:
    with files(models_dir, 300, 10) as wanted:  # of several chunks, and of one
        here = wanted.encoded_by(wanted.engine)
        for n in (2, 3):
            with wanted.workers(n) as workers:
                assert wanted.encoded_by(workers) == here


def test_workers_end_with_the_block_that_fails(models_dir: Path) -> None:
    with files(models_dir, 10_000) as wanted:
        with pytest.raises(KeyboardInterrupt), wanted.workers(2) as workers:
            first_chunk(workers, wanted.jobs[0])
            raise KeyboardInterrupt
        assert not multiprocessing.active_children()


def test_interrupt_ends_a_file_at_its_next_chunk(models_dir: Path) -> None:
    seen: list[int] = []

    def interrupt(n_images: int) -> None:
        seen.append(n_images)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    with files(models_dir, 10_000) as wanted, wanted.workers(2) as workers:
        job = wanted.jobs[wanted.formats.index(IDX)]
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(body(workers, job, IDX, interrupt))
    assert len(seen) == 3


def test_killed_worker_is_an_error_that_names_the_signal(models_dir: Path) -> None:
    with files(models_dir, 10_000) as wanted, wanted.workers(2) as workers:
        first_chunk(workers, wanted.jobs[0])
        pid = multiprocessing.active_children()[0].pid or 0
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RunFailed, match=f"^worker process {pid} ended with SIGKILL, as when memory runs out; "):
            wanted.encoded_by(workers)


def test_worker_that_fails_says_why(models_dir: Path, tmp_path: Path) -> None:
    with files(models_dir, 10) as wanted:
        workers = Workers(wanted.settings.model_copy(update={"models_dir": tmp_path}), wanted.jobs)
        workers.start(1)
        try:
            with pytest.raises(RunFailed, match=rf"^worker process \d+: the models folder {tmp_path} holds no model"):
                wanted.encoded_by(workers)
        finally:
            workers.close()


def test_workers_do_not_run_ahead_of_the_file(models_dir: Path) -> None:
    with files(models_dir, 10_000) as wanted, wanted.workers(2) as workers:
        for _ in range(3):
            first_chunk(workers, wanted.jobs[0])
        following, _ = next(workers._parts)
        assert following <= 3 + 2 * 4


@pytest.mark.parametrize(
    ("count", "threads", "is_shared"),
    [(WORTHWHILE_IMAGES - 1, 0, False), (WORTHWHILE_IMAGES, 2, False), (WORTHWHILE_IMAGES, 0, available_cpus() > 1)],
)
def test_usual_number_of_workers_depends_on_images(models_dir: Path, count: int, threads: int, is_shared: bool) -> None:
    settings = EngineSettings(models_dir=models_dir, threads=threads)
    with open_engine(settings, "digits", "1") as engine:
        plan = DatasetSpec(count=count, model="digits").plan(engine.find("digits", "1").card, count)
        with open_producer(engine, settings, [prepare(engine, plan, Picture(), IDX)], None) as producer:
            assert isinstance(producer, Workers) is is_shared
            assert len(multiprocessing.active_children()) == (available_cpus() if is_shared else 0)


def test_nothing_to_generate_starts_no_worker(models_dir: Path) -> None:
    with files(models_dir) as wanted, open_producer(wanted.engine, wanted.settings, [], 2) as producer:
        assert producer is wanted.engine


@pytest.mark.parametrize("fields", [{"verified": True}, {"difficulty": 2, "verified": True}])
def test_workers_choose_the_images_that_the_engine_chooses(models_dir: Path, fields: dict[str, Any]) -> None:
    settings = EngineSettings(models_dir=models_dir, batch_images=16)
    with open_engine(settings, "digits", "1") as engine:
        plan = DatasetSpec(count=400, model="digits", **fields).plan(engine.find("digits", "1").card, 400)
        job = prepare(engine, plan, Picture(), FOLDERS)  # whose files are named by seed
        here = Counting(engine)
        expected = asyncio.run(body(here, job, FOLDERS))
        with open_producer(engine, settings, [job], 2) as producer:
            assert isinstance(producer, Workers)
            there = Counting(producer)
            assert asyncio.run(body(there, job, FOLDERS)) == expected
    assert there.tally == here.tally
    assert here.tally.later > 0
