"""Lets one scrape return the metrics of all workers, whichever worker answers it.

Each worker keeps its own figures under a number, which its replacement takes over, and gives them to the others on a
socket of this network namespace, in the format that they name. docs/adr/0021-telemetry.md says why the figures are not
in shared files.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.openmetrics import exposition as openmetrics

from digitgan.contract.errors import CannotServe

_TIMEOUT_S = 1.0  # for a worker to answer; a scrape usually times out after ten
_FAMILY = "# HELP "  # starts each metric in both formats
_END = "# EOF\n"  # ends a text of OpenMetrics
TEXT, OPENMETRICS = "text/plain", "application/openmetrics-text"
CONTENT_TYPES = {TEXT: CONTENT_TYPE_PLAIN_0_0_4, OPENMETRICS: openmetrics.CONTENT_TYPE_LATEST}
_GENERATE: Mapping[str, Callable[["_NumberedRegistry"], bytes]] = {
    TEXT: generate_latest,
    # Our names need no escaping, and letter by letter it would take a third of the time.
    OPENMETRICS: partial(openmetrics.generate_latest, escaping=openmetrics.ALLOWUTF8),
}


class WorkerMetrics:
    """The metrics of all processes behind one address, in Prometheus' text format or as OpenMetrics.

    Args:
        registry: the metrics of this process.
        address: the address that all of the processes listen on.
        n_workers: how many processes there are; a single one needs no socket.
        number: this process's number, as its log has it; if another process holds it, the first free one is taken.

    Attributes:
        names: the names of the sockets of all processes, by their numbers.
    """

    def __init__(self, registry: CollectorRegistry, address: str, n_workers: int, number: int = 0) -> None:
        self._registry = registry
        address = blake2b(address.encode(), digest_size=16).hexdigest()  # a name has at most 107 bytes
        # A name that starts with a zero byte is not a file, and is free again when its process ends (Linux, unix(7)).
        self.names = [f"\0digitgan metrics {address} {number}" for number in range(n_workers)]
        self._number = number

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Hold a number, and answer the other workers, while the block runs.

        Raises:
            CannotServe: all workers are already running, or the system has no such sockets.
        """
        if len(self.names) == 1:
            yield
            return
        self._number, listener = _claim(self.names, self._number)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            media_type = (await reader.readline()).decode().rstrip()
            if media_type in _GENERATE:
                writer.write(self._format_own(media_type))
                await writer.drain()
            writer.close()

        async with await asyncio.start_unix_server(answer, sock=listener):
            yield

    async def format(self, media_type: str = TEXT) -> bytes:
        """Return the metrics of all workers, without those of workers that do not answer.

        Args:
            media_type: one of `CONTENT_TYPES`.
        """
        others = [name for number, name in enumerate(self.names) if number != self._number]
        asked = (_fetch(name, media_type) for name in others)
        return merge([self._format_own(media_type), *await asyncio.gather(*asked)])

    def _format_own(self, media_type: str) -> bytes:
        return _GENERATE[media_type](_NumberedRegistry(self._registry, str(self._number)))


class _NumberedRegistry:
    """A registry whose samples have the number of their worker as a label."""

    def __init__(self, registry: CollectorRegistry, number: str) -> None:
        self._registry = registry
        self._number = number

    def collect(self) -> Iterable[Metric]:
        """Yield each metric with that label."""
        for family in self._registry.collect():
            numbered = Metric(family.name, family.documentation, family.type)
            numbered.samples = [
                sample._replace(labels=sample.labels | {"worker": self._number}) for sample in family.samples
            ]
            yield numbered


def merge(texts: Iterable[bytes]) -> bytes:
    """Return the metrics of several workers as one text, in which each metric is described once."""
    families: dict[tuple[str, ...], list[str]] = {}
    end = ""
    for text in map(bytes.decode, texts):
        if text.endswith(_END):
            end = _END
        for family in text.removesuffix(_END).split(_FAMILY)[1:]:
            *head, samples = family.split("\n", 2)
            families.setdefault(tuple(head), []).append(samples)
    merged = (_FAMILY + "\n".join([*head, "".join(samples)]) for head, samples in families.items())
    return ("".join(merged) + end).encode()


def _claim(names: list[str], wanted: int) -> tuple[int, socket.socket]:
    """Return the wanted number or else the first free one, and the socket that holds it."""
    for number in sorted(range(len(names)), key=lambda each: each != wanted):
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(names[number])
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotServe(f"workers cannot exchange their metrics: {error.strerror}") from error
        else:
            return number, listener
    raise CannotServe(f"all {len(names)} workers are already running")


async def _fetch(name: str, media_type: str) -> bytes:
    """Return a worker's metrics, or nothing if it does not run or is too busy."""
    connection = socket.socket(socket.AF_UNIX)
    connection.setblocking(False)
    try:
        connection.connect(name)
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(sock=connection)
            try:
                writer.write(f"{media_type}\n".encode())
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        connection.close()
        return b""
