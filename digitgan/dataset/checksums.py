"""Checksums of the files of data sets, none of which exists: computed once, by whoever asks first, and then kept.

The images of a data set are made once for all of its files. The work belongs to no client: it goes on as long as
somebody waits for it, rests when nobody does, and is continued where it rested.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from digitgan.contract.errors import NotAvailableNow, Overloaded
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.formats.encoding import Producer
from digitgan.formats.format import Piece
from digitgan.picture.job import Job

_MOST_UNFINISHED = 8  # data sets; each holds a few chunks of images
_MOST_FINISHED = 4_096  # data sets, a kilobyte each
_RETRY_AFTER_S = 60  # 60,000 images take about as long
_LONGEST_WAIT_S = 1.0  # before a full queue is tried again
_HEX_DIGITS = 64


class Streamed(Protocol):
    """A file that is made from the images of a job."""

    def stream(self, job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[Piece]:
        """Yield the whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The files that are made from the same images, in one pass over them.

    Attributes:
        job: the images; none for files that show none.
        producer: makes the images.
        files: the files by name, at least one.
    """

    job: Job
    producer: Producer
    files: Mapping[str, Streamed]


def text_size(names: Sequence[str]) -> int:
    """Return the bytes of the checksums of files, whose names are ASCII."""
    return sum(len(_line("0" * _HEX_DIGITS, name)) for name in names)


class Checksums:
    """The checksums of data sets: sha256, as the command `sha256sum` writes and reads them."""

    def __init__(self) -> None:
        self._finished: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._unfinished: OrderedDict[str, _Work] = OrderedDict()

    def known(self, key: str) -> Mapping[str, str]:
        """Return the checksums of a data set by file, in hexadecimal digits; none until all are known."""
        return self._finished.get(key, {})

    def n_images_left(self, key: str, passes: Sequence[Pass]) -> int:
        """Return how many images must still be made for the checksums of a data set."""
        if key in self._finished:
            return 0
        work = self._unfinished.get(key)
        return sum(plan.n_made for plan in (work.rest if work else [each.job.plan for each in passes]))

    async def begin(self, key: str, passes: Sequence[Pass]) -> AsyncIterator[bytes]:
        """Return the lines of the checksums of a data set, in the order of the passes, each as soon as it is known.

        Args:
            key: what the bytes of all files depend on.
            passes: all files.

        Raises:
            UnknownModel, InvalidPlan, Overloaded, RunFailed: as raised by a producer, before anything is returned.
                While the lines are taken, only RunFailed; what was computed is kept.
        """
        if key in self._finished:
            self._finished.move_to_end(key)
            return _all_lines(self._finished[key])
        work = self._unfinished.get(key) or self._new_work(key, passes)
        self._unfinished.move_to_end(key)
        await work.begin()
        return self._lines(key, work)

    async def close(self) -> None:
        """End all work in progress, before what makes the images is closed."""
        for work in self._unfinished.values():
            await work.close()
        self._unfinished.clear()

    def _new_work(self, key: str, passes: Sequence[Pass]) -> "_Work":
        if len(self._unfinished) == _MOST_UNFINISHED:
            resting = next((name for name, work in self._unfinished.items() if work.is_resting), None)
            if resting is None:
                detail = f"the checksums of {_MOST_UNFINISHED} other data sets are being computed"
                raise Overloaded(detail, _RETRY_AFTER_S)
            self._unfinished.pop(resting).drop()
        work = self._unfinished[key] = _Work(passes)
        return work

    async def _lines(self, key: str, work: "_Work") -> AsyncIterator[bytes]:
        async for line in work.lines():
            yield line
        if self._unfinished.pop(key, None):
            self._finished[key] = work.digests
            if len(self._finished) > _MOST_FINISHED:
                self._finished.popitem(last=False)


class _Work:
    """The checksums of one data set, as far as they are.

    It advances by steps. Each is a task of its own, for which everybody waits who needs it, and which ends even if
    nobody waits any more.
    """

    def __init__(self, passes: Sequence[Pass]) -> None:
        self._passes = [_PassInProgress(each) for each in passes]
        self._step: asyncio.Task[None] | None = None
        self._n_waiting = 0

    @property
    def digests(self) -> Mapping[str, str]:
        """The checksums that are known, by file."""
        return {name: digest for each in self._passes for name, digest in each.digests.items()}

    @property
    def rest(self) -> list[Plan]:
        """The images that files still need, by pass."""
        return [each.rest for each in self._passes]

    @property
    def is_resting(self) -> bool:
        """Whether nobody waits for it."""
        return not self._n_waiting

    async def begin(self) -> None:
        """See that the next images are being made, so that a refusal comes before the first line."""
        await self._wait_for(lambda: next((each for each in self._passes if each.n_left), self._passes[0]).open())

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield each line when it is known; the work goes on meanwhile."""
        for each in self._passes:
            for name in each.names:
                while name not in each.digests:
                    await self._wait_for(each.advance)
                yield _line(each.digests[name], name)

    def drop(self) -> None:
        """Forget how far it is, apart from finished checksums."""
        if self._step:
            self._step.cancel()
        for each in self._passes:
            each.drop()

    async def close(self) -> None:
        """Do what `drop` does, and return when no more images are being made."""
        chunks = [each.chunks for each in self._passes]
        self.drop()
        if self._step:
            await asyncio.wait([self._step])
        for each in chunks:
            if isinstance(each, AsyncGenerator):
                await each.aclose()

    async def _wait_for(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the step in progress, or else for a new one."""
        if self._step is None or self._step.done():
            self._step = asyncio.create_task(step())
            self._step.add_done_callback(_see)
        self._n_waiting += 1
        try:
            await asyncio.shield(self._step)
        finally:
            self._n_waiting -= 1


class _PassInProgress:
    """One pass over images, and how far it is.

    Attributes:
        digests: the finished checksums, by file.
        names: of all files.
        n_done: number of images that all files have had.
        chunks: the next images; None if they are not being made.
    """

    def __init__(self, whole: Pass) -> None:
        self.digests: dict[str, str] = {}
        self.names = list(whole.files)
        self.n_done = 0
        self._whole = whole
        self._hashes: list[_Hash] = []
        self.chunks: AsyncIterator[Generated] | None = None

    @property
    def n_left(self) -> int:
        """Number of images that the files still need."""
        return len(self._whole.job.plan) - self.n_done

    @property
    def rest(self) -> Plan:
        """The images that the files still need."""
        return self._whole.job.plan.part(self.n_done, len(self._whole.job.plan))

    async def open(self) -> None:
        """Let images be made from where the pass is.

        Raises:
            UnknownModel, InvalidPlan, Overloaded, RunFailed: as raised by the producer.
        """
        if self.chunks is None and self.n_left:
            self.chunks = await self._whole.producer.stream(self.rest, self._whole.job.chunk_images)

    async def advance(self) -> None:
        """Give all files the next chunk of images, and finish them if it is the last.

        Raises:
            RunFailed: a model run failed; the next step begins with the same images.
        """
        if not self._hashes:
            self._hashes = [_Hash(file, self._whole.job) for file in self._whole.files.values()]
        if self.n_left:
            chunk = await self._next_chunk()
            for each in self._hashes:
                await each.add(chunk)
            self.n_done += len(chunk.source)
        if not self.n_left:
            self.chunks = None
            for name, each in zip(self.names, self._hashes, strict=True):
                self.digests[name] = await each.finish()

    def drop(self) -> None:
        """Forget how far it is, apart from finished checksums."""
        for each in self._hashes:
            each.drop()
        self._hashes, self.chunks = [], None
        if not self.digests:
            self.n_done = 0

    async def _next_chunk(self) -> Generated:
        """Return the next images; a full queue is waited for, since the answer has begun."""
        try:
            while self.chunks is None:
                try:
                    await self.open()
                except NotAvailableNow as busy:
                    await asyncio.sleep(min(busy.retry_after_s, _LONGEST_WAIT_S))
            return await anext(self.chunks)
        except BaseException:
            self.chunks = None  # it has ended
            raise


class _Hash:
    """The checksum of one file under construction.

    Args:
        file: the file.
        job: the images that it is made from.
    """

    def __init__(self, file: Streamed, job: Job) -> None:
        self._chunks: asyncio.Queue[Generated | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._digest(file, job))
        self._task.add_done_callback(_see)

    async def add(self, chunk: Generated) -> None:
        """Add images; return when they are in the checksum, or will be with the next ones."""
        self._chunks.put_nowait(chunk)
        taken = asyncio.create_task(self._chunks.join())
        try:
            await asyncio.wait([taken, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            taken.cancel()

    async def finish(self) -> str:
        """Return the checksum, after the last images."""
        self._chunks.put_nowait(None)
        return await self._task

    def drop(self) -> None:
        """End it."""
        self._task.cancel()

    async def _digest(self, file: Streamed, job: Job) -> str:
        digest = hashlib.sha256()
        async for piece in file.stream(job, self._taken()):
            update = partial(digest.update, piece)
            if job.lanes is not None:
                await job.lanes.run(memoryview(piece).nbytes, update)
            else:
                update()
            await asyncio.sleep(0)  # files without images would keep the event loop from everything else
        return digest.hexdigest()

    async def _taken(self) -> AsyncIterator[Generated]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk
            self._chunks.task_done()


async def _all_lines(digests: Mapping[str, str]) -> AsyncIterator[bytes]:
    for name, digest in digests.items():
        yield _line(digest, name)


def _line(digest: str, name: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def _see(task: asyncio.Task[Any]) -> None:
    """Look at the error of a task, which asyncio reports if nobody waits for the task any more."""
    if not task.cancelled():
        task.exception()
