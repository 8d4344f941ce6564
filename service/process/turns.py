"""Knows who of several processes on one socket takes the next connection: one that has no more than any other.

Does not know what is said over a connection. Why not the kernel's choice: docs/adr/0012-workers.md.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from ctypes import Array, c_int32
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

log = logging.getLogger(__name__)

_BACKLOG = 2048  # as uvicorn's
_NOBODY = 2**31 - 1  # connections of a place at which nobody accepts any
_COURTESY_S = 0.005  # for one with fewer to come; it may be busy, or stuck, and somebody waits to be served
_EXHAUSTED_S = 1.0  # until the next try after the system had no descriptor left for a connection; as in asyncio

Places = Array[c_int32]


def places(n: int) -> Places:
    """Return how many connections each of n processes has, in memory that they share; nobody accepts any yet."""
    shared: Places = get_context("spawn").RawArray(c_int32, [_NOBODY] * n)
    return shared


def vacate(shared: Places, place: int) -> None:
    """Say that nobody accepts connections at a place any more."""
    shared[place] = _NOBODY


@dataclass(frozen=True, slots=True)
class Turn:
    """What a process needs to take its turn.

    Attributes:
        listener: the socket that all of the processes accept connections on.
        shared: as `places` returns it.
        place: this process's own.
    """

    listener: socket.socket
    shared: Places
    place: int


class Connections(set[Any]):
    """The connections of this process, of which the other ones are told how many there are.

    Args:
        turn: whose number of connections they are.
    """

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn
        self._is_open = False
        self._n_opening = 0  # accepted and not yet added: the event loop takes a turn or two for that

    def add(self, connection: Any) -> None:
        """Add one that was announced."""
        super().add(connection)
        self.announce(-1)

    def discard(self, connection: Any) -> None:
        """Take one away."""
        super().discard(connection)
        self.announce(0)

    def announce(self, n: int) -> None:
        """Count n more that will be added; fewer, if negative."""
        self._n_opening += n
        if self._is_open:
            self._turn.shared[self._turn.place] = len(self) + self._n_opening

    def open(self) -> None:
        """Say that this process accepts connections."""
        self._is_open = True
        self.announce(0)

    def close(self) -> None:
        """Say that it does not any more."""
        self._is_open = False
        vacate(self._turn.shared, self._turn.place)

    @property
    def are_more_than_anothers(self) -> bool:
        """Whether another process has fewer."""
        mine: int = self._turn.shared[self._turn.place]
        fewest: int = min(self._turn.shared)
        return mine > fewest


class Acceptor:
    """Accepts connections in turn with other processes, from now on.

    Args:
        turn: this process's.
        connections: those that it has.
        protocol: makes what speaks over a connection; it adds itself to the connections, and takes itself away.
    """

    def __init__(self, turn: Turn, connections: Connections, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listener = turn.listener
        self._connections = connections
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[Any]] = set()
        self._listener.setblocking(False)
        self._listener.listen(_BACKLOG)
        connections.open()
        self._loop.add_reader(self._listener, self._look)

    def close(self) -> None:
        """Accept no more connections; those that there are go on."""
        self._connections.close()
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()
        self._listener.close()

    def _look(self) -> None:
        """Take who waits, or let another process do that."""
        if self._connections.are_more_than_anothers:
            self._wait(_COURTESY_S)
        else:
            self._accept()

    def _wait(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._look)
        self._accept()

    def _accept(self) -> None:
        """Take the first of those who wait; the rest are there in the next turn of the event loop, too."""
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was quicker, or the client gave up
            return
        except OSError as error:
            log.warning("no connection can be accepted for now: %s", error)
            self._wait(_EXHAUSTED_S)
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections.announce(1)
        opening = self._loop.create_task(self._loop.connect_accepted_socket(self._protocol, connection))
        self._opening.add(opening)
        opening.add_done_callback(self._opened)

    def _opened(self, opening: asyncio.Task[Any]) -> None:
        self._opening.discard(opening)
        if opening.cancelled() or opening.exception():  # the client has gone already
            self._connections.announce(-1)
