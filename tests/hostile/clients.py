"""Clients that send any bytes at once, and read the answers or not."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

ANSWER_S = 60  # within which an answer must be complete; a request may wait for 30 s until its answer begins
_SLOW_BYTES, _SLOW_PAUSE_S = 300, 1.0


class Address(Protocol):
    """Where a service listens."""

    @property
    def host(self) -> str:
        """The address, of IP."""

    @property
    def port(self) -> int:
        """The port, of TCP."""


class Reading(Enum):
    """How a client reads its answer, or that it does not send its whole request."""

    ALL = "all of the answer"
    NEVER = "nothing of the answer"
    SLOWLY = "300 bytes of the answer a second"
    UNSENT = "sends all but the last byte of the request"


@dataclass(frozen=True, slots=True)
class Request:
    """A request of any content.

    Attributes:
        method, path: the request line, as it is sent.
        body: the body, or what makes it.
        accept: the value of Accept; none if it is empty.
        headers: further header fields, as they are sent.
        reading: how the client reads the answer.
    """

    method: str
    path: str
    body: str | Callable[[], str] = ""
    accept: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    reading: Reading = Reading.ALL

    def encoded(self) -> bytes:
        """Return the bytes of the request."""
        body = (self.body if isinstance(self.body, str) else self.body()).encode()
        fields = {"Host": "here", "Connection": "close"} | ({"Accept": self.accept} if self.accept else {})
        if body:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**fields, **self.headers}.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Answers:
    """The answers to requests sent at once.

    Attributes:
        statuses: the number of answers by status; 0 stands for a connection that broke off or had no answer.
        took_s: the seconds until each answer was complete.
        n_bytes: the bytes of all answers.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    n_bytes: int = 0


def send(to: Address, requests: Sequence[Request], hold: Callable[[], None] | None = None) -> Answers:
    """Send all requests at once, each over its own connection, and return the answers of those that are read.

    Args:
        to: the service.
        requests: what is sent.
        hold: called while connections that do not read, or that have not sent everything, are open.
    """
    return asyncio.run(_send(to, requests, hold))


async def _send(to: Address, requests: Sequence[Request], hold: Callable[[], None] | None) -> Answers:
    answers, release = Answers(), asyncio.Event()
    encoded = {id(request): request.encoded() for request in requests}  # equal requests are often one object

    async def count(request: Request) -> None:
        started = asyncio.get_running_loop().time()
        status = 0
        try:
            async with asyncio.timeout(ANSWER_S if request.reading is Reading.ALL else None):
                status, n_bytes = await _one(to, encoded[id(request)], request.reading, release)
                answers.n_bytes += n_bytes
        except (OSError, TimeoutError):
            pass
        if request.reading is Reading.ALL:
            answers.statuses[status] = answers.statuses.get(status, 0) + 1
            answers.took_s.append(asyncio.get_running_loop().time() - started)

    tasks = [asyncio.create_task(count(request)) for request in requests]
    readers = [task for task, request in zip(tasks, requests, strict=True) if request.reading is Reading.ALL]
    if hold:
        await asyncio.to_thread(hold)
    if readers:
        await asyncio.wait(readers)
    release.set()
    await asyncio.gather(*tasks)
    return answers


async def _one(to: Address, content: bytes, reading: Reading, release: asyncio.Event) -> tuple[int, int]:
    """Send one request; return the status of the answer, 0 if there is none, and the answer's bytes."""
    reader, writer = await asyncio.open_connection(to.host, to.port, limit=1 << 16)
    try:
        writer.write(content[:-1] if reading is Reading.UNSENT else content)
        if reading is not Reading.ALL:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await _wait(reader, writer, reading, release)
            return 0, 0
        # A refused request is answered before all of it was sent, so nothing here waits for that.
        head = await reader.read(1 << 16)
        n_bytes, words = len(head), head.split(b" ", 2)
        while piece := await reader.read(1 << 20):
            n_bytes += len(piece)
        is_answer = len(words) > 1 and words[0].startswith(b"HTTP/1.")
        return int(words[1]) if is_answer else 0, n_bytes
    finally:
        writer.transport.abort()


async def _wait(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reading: Reading, release: asyncio.Event
) -> None:
    while not release.is_set():
        if reading is Reading.SLOWLY:
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            await reader.read(_SLOW_BYTES)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            await asyncio.wait_for(release.wait(), _SLOW_PAUSE_S)
        except TimeoutError:
            continue
