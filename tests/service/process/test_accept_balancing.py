"""Connections are balanced between processes, and no client waits for a process that is stuck.

Acceptors in one event loop stand for the processes: like them, they share a socket and a piece of memory.
"""

import asyncio
import socket
from collections.abc import Coroutine, Iterator

import pytest

from service.process.accept_balancing import Acceptor, ConnectionSet, WorkerSlot, create_counts, vacate
from service.process.heartbeat import create_beats
from tests.eventually import eventually
from tests.processes import PATIENCE_S

N = 3


class Greeting(asyncio.Protocol):
    """Sends the index of its process, and keeps the connection as a server does."""

    def __init__(self, index: int, connections: ConnectionSet) -> None:
        self._index = index
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connections.add(self)
        transport.write(str(self._index).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)


class Processes:
    """The processes that listen on one address.

    Args:
        listener: the bound socket, held open as by a supervisor.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.address = listener.getsockname()
        self.counts = create_counts(N)
        self.slots = [WorkerSlot(listener.dup(), self.counts, index, create_beats(N)) for index in range(N)]
        self.connections = [ConnectionSet(slot) for slot in self.slots]
        self._writers: list[asyncio.StreamWriter] = []

    def begin(self, index: int) -> Acceptor:
        """Let one process accept connections."""
        connections = self.connections[index]
        return Acceptor(self.slots[index], connections, lambda: Greeting(index, connections))

    async def connect(self) -> tuple[int, asyncio.StreamWriter]:
        """Return the index of the process that accepted a new connection, and the connection."""
        reader, writer = await asyncio.open_connection(*self.address)
        self._writers.append(writer)
        return int(await asyncio.wait_for(reader.readexactly(1), PATIENCE_S)), writer

    def run(self, test: Coroutine[None, None, None]) -> None:
        """Execute a test, and close what it opened."""

        async def run() -> None:
            await test
            for writer in self._writers:
                writer.close()
            await eventually(lambda: not any(self.connections))

        asyncio.run(run())
        for slot in self.slots:
            slot.listener.close()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Processes(listener)


def test_processes_share_connections_evenly(processes: Processes) -> None:
    async def test() -> None:
        acceptors = [processes.begin(index) for index in range(N)]
        opened = await asyncio.gather(*(processes.connect() for _ in range(10 * N)))
        assert list(processes.counts) == [10] * N
        assert [len(each) for each in processes.connections] == [10] * N
        for index, writer in opened:
            if index == 1:
                writer.close()
                await writer.wait_closed()
        await eventually(lambda: processes.counts[1] == 0)
        assert {index for index, _ in [await processes.connect() for _ in range(10)]} == {1}
        for acceptor in acceptors:
            acceptor.close()

    processes.run(test())


def test_only_process_accepts_every_connection(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(2)
        assert {index for index, _ in [await processes.connect() for _ in range(20)]} == {2}
        acceptor.close()

    processes.run(test())


def test_stuck_process_does_not_keep_clients_waiting(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(0)
        processes.counts[1] = 0  # claims to accept, and does not
        assert [index for index, _ in [await processes.connect() for _ in range(5)]] == [0] * 5
        acceptor.close()

    processes.run(test())


def test_vacated_slot_gets_no_connection(processes: Processes) -> None:
    async def test() -> None:
        closed, open_ = processes.begin(0), processes.begin(1)
        closed.close()
        assert {index for index, _ in [await processes.connect() for _ in range(4)]} == {1}
        open_.close()
        assert len(set(processes.counts)) == 1
        processes.counts[0] = 3  # as a killed process leaves it
        vacate(processes.counts, 0)
        assert len(set(processes.counts)) == 1

    processes.run(test())


def test_connections_that_clients_gave_up_are_not_counted(processes: Processes) -> None:
    async def test() -> None:
        acceptor = processes.begin(0)
        for _ in range(50):
            with socket.create_connection(processes.address) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closed by a reset
        await eventually(lambda: processes.counts[0] == 0)
        acceptor.close()

    processes.run(test())
