"""Knows that connections are shared out evenly, and that nobody waits for a process that does not come.

The processes are played by acceptors in one event loop: what they share is a socket and a piece of memory, as there.
"""

import asyncio
import socket
from collections.abc import Coroutine, Iterator

import pytest

from service.process.turns import Acceptor, Connections, Turn, places, vacate
from tests.eventually import eventually
from tests.processes import PATIENCE_S

N = 3


class Greeting(asyncio.Protocol):
    """Says who answers, and keeps the connection as a server does."""

    def __init__(self, place: int, connections: Connections) -> None:
        self._place = place
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connections.add(self)
        transport.write(str(self._place).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)


class Processes:
    """Some that listen on one address.

    Args:
        listener: bound, and held open as by a supervisor.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.address = listener.getsockname()
        self.shared = places(N)
        self.turns = [Turn(listener.dup(), self.shared, place) for place in range(N)]
        self.connections = [Connections(turn) for turn in self.turns]
        self._writers: list[asyncio.StreamWriter] = []

    def begin(self, place: int) -> Acceptor:
        """Let one accept connections."""
        connections = self.connections[place]
        return Acceptor(self.turns[place], connections, lambda: Greeting(place, connections))

    async def connect(self) -> tuple[int, asyncio.StreamWriter]:
        """Return who accepted a new connection, and the connection."""
        reader, writer = await asyncio.open_connection(*self.address)
        self._writers.append(writer)
        return int(await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)), writer

    def run(self, test: Coroutine[None, None, None]) -> None:
        """Run a test, and end what it opened."""

        async def run() -> None:
            await test
            for writer in self._writers:
                writer.close()
            await eventually(lambda: not any(self.connections))

        asyncio.run(run())
        for turn in self.turns:
            turn.listener.close()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Processes(listener)


def test_everybody_has_as_many_connections_as_the_others(processes: Processes) -> None:
    async def test() -> None:
        acceptors = [processes.begin(place) for place in range(N)]
        opened = await asyncio.gather(*(processes.connect() for _ in range(10 * N)))
        assert list(processes.shared) == [10] * N
        assert [len(each) for each in processes.connections] == [10] * N
        for place, writer in opened:
            if place == 1:
                writer.close()
                await writer.wait_closed()
        await eventually(lambda: processes.shared[1] == 0)
        assert {place for place, _ in [await processes.connect() for _ in range(10)]} == {1}
        for acceptor in acceptors:
            acceptor.close()

    processes.run(test())


def test_who_is_alone_takes_them_all(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(2)
        assert {place for place, _ in [await processes.connect() for _ in range(20)]} == {2}
        acceptor.close()

    processes.run(test())


def test_nobody_waits_for_one_that_is_stuck(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(0)
        processes.shared[1] = 0  # says that it accepts, and does not
        assert [place for place, _ in [await processes.connect() for _ in range(5)]] == [0] * 5
        acceptor.close()

    processes.run(test())


def test_a_vacated_place_is_nobodys(processes: Processes) -> None:
    async def test() -> None:
        gone, here = processes.begin(0), processes.begin(1)
        gone.close()
        assert {place for place, _ in [await processes.connect() for _ in range(4)]} == {1}
        here.close()
        assert len(set(processes.shared)) == 1
        processes.shared[0] = 3  # as a process leaves it that is killed
        vacate(processes.shared, 0)
        assert len(set(processes.shared)) == 1

    processes.run(test())


def test_connections_that_their_clients_gave_up_are_not_counted_for_ever(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(0)
        for _ in range(50):
            with socket.create_connection(processes.address) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closed by a reset
        await eventually(lambda: processes.shared[0] == 0)
        acceptor.close()

    processes.run(test())
