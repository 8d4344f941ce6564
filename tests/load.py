"""Clients that send requests without a pause and count the answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from tests.processes import PATIENCE_S, wait_until

_FAILURES = (httpx.HTTPError, AssertionError)


@dataclass(slots=True)
class Tally:
    """The number of good answers, and what became of the other requests."""

    answered: int = 0
    failures: list[str] = field(default_factory=list)
    lost_ports: set[int] = field(default_factory=set)  # the clients' own ports of connections that failed

    def wait_for(self, n: int) -> None:
        """Wait for n more good answers."""
        enough = self.answered + n
        wait_until(lambda: self.answered >= enough)


@contextmanager
def load(url: str, ask: Callable[[httpx.Client], httpx.Response], n_clients: int = 3) -> Iterator[Tally]:
    """Send requests while the block runs, each client over one connection that it reopens when necessary.

    Args:
        url: the address of the service.
        ask: sends one request, and asserts that the answer is right.
        n_clients: the number of clients that send requests at the same time.
    """
    tally, is_enough, counting = Tally(), threading.Event(), threading.Lock()
    started: set[int] = set()

    def client(number: int) -> None:
        port = 0
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as connection:
            while not is_enough.is_set():
                try:
                    answer = ask(connection)
                    with suppress(OSError):  # the last answer on this connection has closed it
                        port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
                    with counting:
                        tally.answered += 1
                        started.add(number)
                except _FAILURES as failure:
                    with counting:
                        tally.failures.append(f"{type(failure).__name__}: {failure}")
                        tally.lost_ports.add(port)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(n_clients)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(started) == n_clients)
        yield tally
    finally:
        is_enough.set()
        for thread in threads:
            thread.join()
