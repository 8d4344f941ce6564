"""Knows clients that ask without a pause and count what they got. Does not know what they ask."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from tests.processes import PATIENCE_S, wait_until

_FAILURES = (httpx.HTTPError, AssertionError)


@dataclass(slots=True)
class Tally:
    """Answers that were as they should be, and what became of the other requests."""

    answered: int = 0
    failures: list[str] = field(default_factory=list)
    lost_ports: set[int] = field(default_factory=set)  # of the clients' ends of connections that failed


@contextmanager
def load(url: str, ask: Callable[[httpx.Client], httpx.Response], n_clients: int = 3) -> Iterator[Tally]:
    """Ask over and over while the block runs, each client on one connection that it opens again when it must.

    Args:
        url: of the service.
        ask: asks once, and asserts that the answer is what it should be.
        n_clients: that ask at the same time.
    """
    tally, enough, counting = Tally(), threading.Event(), threading.Lock()
    begun: set[int] = set()

    def client(number: int) -> None:
        port = 0
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as connection:
            while not enough.is_set():
                try:
                    answer = ask(connection)
                    with suppress(OSError):  # it was the last answer on this connection, which is closed already
                        port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
                    with counting:
                        tally.answered += 1
                        begun.add(number)
                except _FAILURES as failure:
                    with counting:
                        tally.failures.append(f"{type(failure).__name__}: {failure}")
                        tally.lost_ports.add(port)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(n_clients)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(begun) == n_clients)
        yield tally
    finally:
        enough.set()
        for thread in threads:
            thread.join()
