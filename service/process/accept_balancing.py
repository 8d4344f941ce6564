"""Balances new connections between processes that share one listening socket: the one with the fewest accepts next.

docs/adr/0012-workers.md says why the choice is not left to the kernel.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from ctypes import Array, c_int32
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from .heartbeat import BEAT_S, Beats
from .listener import permit_restart

log = logging.getLogger(__name__)

_BACKLOG = 2048  # as uvicorn's
_NOT_ACCEPTING = 2**31 - 1  # the count of a slot whose process accepts no connections
_YIELD_S = 0.005  # for a process with fewer connections to accept; if it is busy or stuck, the client must not wait
_EXHAUSTED_S = 1.0  # until the next try after the system had no descriptor left for a connection; as in asyncio

ConnectionCounts = Array[c_int32]
LossCount = c_int32


def create_counts(n: int) -> ConnectionCounts:
    """Return shared memory for the number of connections of each of n processes; none accepts any yet."""
    counts: ConnectionCounts = get_context("spawn").RawArray(c_int32, [_NOT_ACCEPTING] * n)
    return counts


def create_loss_count() -> LossCount:
    """Return shared memory for the number of processes that have ended by themselves; 0 so far."""
    count: LossCount = get_context("spawn").RawValue(c_int32, 0)
    return count


def vacate(counts: ConnectionCounts, index: int) -> None:
    """Record that the process in a slot no longer accepts connections."""
    counts[index] = _NOT_ACCEPTING


@dataclass(frozen=True, slots=True)
class WorkerSlot:
    """A process's place among those that share a socket.

    Attributes:
        listener: the socket on which all of the processes accept connections.
        counts: the connections of each process, from `create_counts`.
        index: this process's index in the counts.
        beats: signs of life of each process, from `create_beats`.
        admin: the socket of the admin port, on which all of the processes accept connections, too; None without one.
        n_lost: how many of the processes have ended by themselves, from `create_loss_count`.
    """

    listener: socket.socket
    counts: ConnectionCounts
    index: int
    beats: Beats
    admin: socket.socket | None = None
    n_lost: LossCount = field(default_factory=create_loss_count)


class ConnectionSet(set[Any]):
    """The connections of this process, whose number the other processes see.

    Args:
        slot: where to publish the number.
    """

    def __init__(self, slot: WorkerSlot) -> None:
        super().__init__()
        self._slot = slot
        self._is_open = False
        self._n_opening = 0  # accepted and not yet added, which takes the event loop a turn or two

    def add(self, connection: Any) -> None:
        """Add a connection that `announce` has counted."""
        super().add(connection)
        self.announce(-1)

    def discard(self, connection: Any) -> None:
        """Remove a connection."""
        super().discard(connection)
        self.announce(0)

    def announce(self, n: int) -> None:
        """Count n more connections that will be added, or fewer if n is negative."""
        self._n_opening += n
        if self._is_open:
            self._slot.counts[self._slot.index] = len(self) + self._n_opening

    def open(self) -> None:
        """Tell the others that this process accepts connections."""
        self._is_open = True
        self.announce(0)

    def close(self) -> None:
        """Tell the others that this process no longer accepts connections."""
        self._is_open = False
        vacate(self._slot.counts, self._slot.index)

    @property
    def has_more_than_another(self) -> bool:
        """Whether another process has fewer connections."""
        own: int = self._slot.counts[self._slot.index]
        fewest: int = min(self._slot.counts)
        return own > fewest


class Acceptor:
    """Accepts connections from now on, and lets processes with fewer connections go first.

    Args:
        slot: this process's place among the others.
        connections: the connections of this process.
        create_protocol: makes the protocol of a connection, which adds itself to the connections and discards itself.
    """

    def __init__(
        self, slot: WorkerSlot, connections: ConnectionSet, create_protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        self._listener = slot.listener
        self._connections = connections
        self._create_protocol = create_protocol
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[Any]] = set()
        self._listener.setblocking(False)
        permit_restart(self._listener)
        self._listener.listen(_BACKLOG)
        connections.open()
        self._slot = slot
        self._beat()
        self._loop.add_reader(self._listener, self._on_waiting)

    def close(self) -> None:
        """Stop accepting connections; open ones go on."""
        self._connections.close()
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()
        self._listener.close()

    def _beat(self) -> None:
        """Show the supervisor that the event loop runs, and publish the count again: it may have vacated the slot."""
        self._slot.beats[self._slot.index] += 1
        self._connections.announce(0)
        self._loop.call_later(BEAT_S, self._beat)

    def _on_waiting(self) -> None:
        """Accept the client that waits, or leave it to another process for a moment."""
        if self._connections.has_more_than_another:
            self._pause_for(_YIELD_S)
        else:
            self._accept()

    def _pause_for(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._on_waiting)
        self._accept()

    def _accept(self) -> None:
        """Accept one client; any others still wait in the next turn of the event loop."""
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was quicker, or the client gave up
            return
        except OSError as error:
            log.warning("cannot accept connections for now: %s", error)
            self._pause_for(_EXHAUSTED_S)
            return
        connection.setblocking(False)
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.announce(1)
        opening = self._loop.create_task(self._loop.connect_accepted_socket(self._create_protocol, connection))
        self._opening.add(opening)
        opening.add_done_callback(self._on_opened)

    def _on_opened(self, opening: asyncio.Task[Any]) -> None:
        self._opening.discard(opening)
        if opening.cancelled() or opening.exception():  # the client has already gone
            self._connections.announce(-1)
