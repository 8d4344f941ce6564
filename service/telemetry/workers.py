"""Knows how one scrape gets the metrics of every worker, whichever of them the kernel hands it to.

Does not know what is counted. Each worker keeps its own figures under a number of its own, which its successor takes
over, and tells them to the others on a socket of this network namespace. Why not shared files:
docs/adr/0021-telemetry.md.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from digitgan.contract.errors import CannotServe

_PATIENCE_S = 1.0  # with a worker that does not answer; a scrape usually gives up after ten
_FAMILY = "# HELP "  # begins each metric in the text format


class Workers:
    """The metrics of all processes behind one address, in Prometheus' text format.

    Args:
        registry: this process's metrics.
        address: that all of them listen on.
        n_workers: how many there are; one needs no socket.
    """

    def __init__(self, registry: CollectorRegistry, address: str, n_workers: int) -> None:
        self._registry = registry
        # A name that begins with a zero byte is no file, and is free again when its process ends (Linux, unix(7)).
        self._names = [f"\0digitgan metrics {address} {number}" for number in range(n_workers)]
        self._number = 0

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Have a number, and answer the other workers, while the block runs.

        Raises:
            CannotServe: as many processes as there should be are there already, or the system has no such sockets.
        """
        if len(self._names) == 1:
            yield
            return
        self._number, listener = _claimed(self._names)

        async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self._own())
            await writer.drain()
            writer.close()

        async with await asyncio.start_unix_server(tell, sock=listener):
            yield

    async def text(self) -> bytes:
        """Return the metrics of all workers; one that does not answer is left out."""
        others = [name for number, name in enumerate(self._names) if number != self._number]
        return merged([self._own(), *await asyncio.gather(*map(_asked, others))])

    def _own(self) -> bytes:
        return generate_latest(_Numbered(self._registry, str(self._number)))


class _Numbered:
    """A registry whose samples carry the number of their worker."""

    def __init__(self, registry: CollectorRegistry, number: str) -> None:
        self._registry = registry
        self._number = number

    def collect(self) -> Iterable[Metric]:
        """Yield each metric with one more label."""
        for family in self._registry.collect():
            numbered = Metric(family.name, family.documentation, family.type)
            numbered.samples = [
                sample._replace(labels=sample.labels | {"worker": self._number}) for sample in family.samples
            ]
            yield numbered


def merged(texts: Iterable[bytes]) -> bytes:
    """Return several answers of the same metrics as one, in which each metric is described once."""
    families: dict[tuple[str, ...], list[str]] = {}
    for text in texts:
        for family in text.decode().split(_FAMILY)[1:]:
            *head, samples = family.split("\n", 2)
            families.setdefault(tuple(head), []).append(samples)
    return "".join(_FAMILY + "\n".join([*head, "".join(samples)]) for head, samples in families.items()).encode()


def _claimed(names: list[str]) -> tuple[int, socket.socket]:
    """Return the first free number, and the socket that holds it."""
    for number, name in enumerate(names):
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(name)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotServe(f"workers cannot tell each other their metrics here: {error.strerror}") from error
        else:
            return number, listener
    raise CannotServe(f"{len(names)} workers are there already")


async def _asked(name: str) -> bytes:
    """Return a worker's metrics; nothing if it is not there, or too busy."""
    asking = socket.socket(socket.AF_UNIX)
    asking.setblocking(False)
    try:
        asking.connect(name)
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_unix_connection(sock=asking)
            try:
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        asking.close()
        return b""
