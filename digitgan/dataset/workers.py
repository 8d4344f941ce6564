"""Generating the images of large data sets in several processes, each with a model of its own, and packing them there.

The threads of one process use several processors, too, but never more than about five: they generate one chunk ahead
of the file, and take turns in Python. Bytes do not depend on who generates: a chunk is what an engine returns for its
plan, and the process that writes the file encodes the chunks in order, or joins what their format has packed.
"""

import asyncio
import multiprocessing
import signal
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, cast

import numpy as np

from digitgan.contract.card import Card
from digitgan.contract.errors import RunFailed
from digitgan.contract.words import describe_exit
from digitgan.engine.backend import Backend, Images
from digitgan.engine.cpus import available_cpus
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.loading import create_repository
from digitgan.engine.plan import Plan
from digitgan.engine.selection import Chosen, choose_here
from digitgan.engine.settings import EngineSettings
from digitgan.engine.spawning import terminal_signals_blocked
from digitgan.formats.encoding import Producer
from digitgan.formats.format import Pack, Packed
from digitgan.picture.job import Job

WORTHWHILE_IMAGES = 50_000  # fewer are made sooner by the threads of one process than by processes that must start
_AHEAD = 2  # chunks that a worker has at a time, so that it need not wait for the next one
_KEPT = Images(np.empty((0, 0, 0), np.uint8), None)  # by the process that has packed them
_Made = tuple[Chosen, Any]  # and what their images are packed as
_WAITING = 2  # further chunks for each worker that may wait for an earlier one


@contextmanager
def open_producer(
    engine: Engine, settings: EngineSettings, jobs: Sequence[Job], n_workers: int | None, pack: Pack | None = None
) -> Iterator[Producer]:
    """Yield what generates the images of some files: the engine in this process, or several processes.

    Args:
        engine: has the model version of the jobs, and no other.
        settings: settings of the engine. A number of threads in them is for one process; each of several has one.
        jobs: the files, in the order in which they will be encoded; all of one model version.
        n_workers: number of processes, at least 1; None for as many as are worthwhile. No process is without a chunk.
        pack: that of the files' format; processes do it, too.

    Raises:
        OSError: the system has no room for the processes.
    """
    n_images = sum(len(job.plan) for job in jobs)
    if n_workers is None:
        is_parallel = all(backend.is_parallel for backend in engine.backends)
        is_worthwhile = is_parallel and not settings.threads and n_images >= WORTHWHILE_IMAGES
        n_workers = available_cpus() if is_worthwhile else 1
    n_workers = min(n_workers, sum(-(-len(job.plan) // job.chunk_images) for job in jobs))
    if n_workers <= 1:
        yield engine
        return
    workers = Workers(settings, jobs, pack)
    try:
        workers.start(n_workers)
        yield workers
    finally:
        workers.close()


class Workers:
    """Processes that generate the chunks of some jobs, whose files must be encoded in the same order.

    Args:
        settings: how each process runs the model, except that it uses one thread.
        jobs: the files, at least one; all of one model version.
        pack: that of their format; its chunks are packed by the processes.
    """

    def __init__(self, settings: EngineSettings, jobs: Sequence[Job], pack: Pack | None = None) -> None:
        self._settings = settings.model_copy(update={"threads": 1})
        self._card = jobs[0].card
        self._packing = pack and (pack, [replace(job, lanes=None) for job in jobs])
        self._parts = enumerate(_parts(jobs))
        self._processes: dict[Connection, SpawnProcess] = {}
        self._chunks = self._generate()

    def start(self, n: int) -> None:
        """Start n processes.

        Raises:
            OSError: the system has no room for them.
        """
        context = multiprocessing.get_context("spawn")  # a forked child would inherit half of this process's state
        with terminal_signals_blocked():
            for _ in range(n):
                ours, theirs = context.Pipe()
                task = (self._settings, self._card, self._packing, theirs)
                process = context.Process(target=_work, args=task, daemon=True)
                process.start()
                theirs.close()
                self._processes[ours] = process

    def close(self) -> None:
        """End all processes at once."""
        for process in self._processes.values():
            process.terminate()
        for channel, process in self._processes.items():
            process.join()
            channel.close()

    async def stream(self, plan: Plan, chunk_images: int) -> AsyncIterator[Generated]:
        """Return the chunks of the next job.

        Raises:
            RunFailed: a model run failed, or a process died; raised while the chunks are read.
        """

        async def chunks() -> AsyncIterator[Generated]:
            for _ in range(0, len(plan), chunk_images):
                yield await self._next()

        return chunks()

    @asynccontextmanager
    async def generating(self, plan: Plan) -> AsyncIterator[Generated]:  # noqa: ARG002 - an engine's signature
        """Yield the only chunk of the next job.

        Raises:
            RunFailed: a model run failed, or a process died.
        """
        yield await self._next()

    async def _next(self) -> Generated:
        await asyncio.sleep(0)  # the event loop ends its task at Ctrl-C, but only while it runs itself
        return next(self._chunks)

    def _generate(self) -> Iterator[Generated]:
        """Yield all chunks in order. A process gets another part whenever it has returned one."""
        sent: dict[int, Plan] = {}  # whose chunks have not been yielded
        made: dict[int, _Made] = {}
        free = deque(list(self._processes) * _AHEAD)
        most = len(self._processes) * (_AHEAD + _WAITING)
        while True:
            while free and len(sent) < most and (part := next(self._parts, None)):
                number, (job, sent[number]) = part
                with suppress(OSError):  # the process has died, which is reported below
                    free.popleft().send((number, job, sent[number]))
            if not sent:
                return
            first = min(sent)
            for channel in cast("list[Connection]", wait(self._processes, timeout=0 if first in made else None)):
                number, made[number] = self._receive(channel)
                free.append(channel)
            if first in made:
                sent.pop(first)
                (source, images, tally), content = made.pop(first)
                about: dict[str, Any] = {"card": self._card, "source": source, "queue_s": 0.0, "model_s": 0.0}
                about |= {"images": images, "tally": tally}
                yield Packed(content=content, **about) if self._packing else Generated(**about)

    def _receive(self, channel: Connection) -> tuple[int, _Made]:
        process = self._processes[channel]
        try:
            number, result = channel.recv()
        except (EOFError, OSError):
            process.join()
            ending = f"worker process {process.pid} ended with {describe_exit(process.exitcode)}"
            hint = ", as when memory runs out; fewer --workers need less" if process.exitcode == -signal.SIGKILL else ""
            raise RunFailed(ending + hint) from None
        if isinstance(result, str):
            raise RunFailed(f"worker process {process.pid}: {result}")
        return number, result


def _parts(jobs: Sequence[Job]) -> Iterator[tuple[int, Plan]]:
    """Yield the number of the job and the plan of each chunk of each job, as an engine's stream has them."""
    for number, job in enumerate(jobs):
        for start in range(0, len(job.plan), job.chunk_images):
            yield number, job.plan.part(start, start + job.chunk_images)


def _work(
    settings: EngineSettings, card: Card, packing: tuple[Pack, Sequence[Job]] | None, channel: Connection
) -> None:
    """Return the images of each plan that arrives, or what they are packed as, until the parent process has ended."""
    try:
        backend = create_repository(settings).load_version(card.model, card.version)
        while True:
            number, job, plan = channel.recv()
            chosen, content = choose_here(plan, partial(_run, backend, settings.batch_images)), None
            if packing:
                pack, jobs = packing
                about: dict[str, Any] = {
                    "source": chosen.source,
                    "images": chosen.images,
                    "queue_s": 0.0,
                    "model_s": 0.0,
                }
                content = pack(jobs[job], Generated(card=card, **about))
                chosen = chosen._replace(images=_KEPT)
            channel.send((number, (chosen, content)))
    except (EOFError, ConnectionError):
        return
    except Exception as error:  # onnxruntime's exceptions share no narrower public base
        channel.send((None, str(error)))


def _run(backend: Backend, batch_images: int, plan: Plan) -> Images:
    """Return the images of a plan. Runs follow each other here, since an engine's threads would share one processor."""
    runs = [
        backend.run(plan.rows(start, start + batch_images, backend.card.latent_size))
        for start in range(0, len(plan), batch_images)
    ]
    labels = [run.labels for run in runs if run.labels is not None]
    return Images(np.concatenate([run.pixels for run in runs]), np.concatenate(labels) if labels else None)
