"""Loads on a running service by a client as simple as possible."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Outcome:
    """What became of requests: the number of each status, and the time of those that were served.

    Attributes:
        statuses: the number of requests by status; 0 stands for a connection that broke off.
        served_s: the seconds of each request that got 200.
        without_retry_after: the number of requests that got 503 without `Retry-After`.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    served_s: list[float] = field(default_factory=list)
    without_retry_after: int = 0

    def add(self, status: int, head: bytes, took_s: float) -> None:
        """Count one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 200:
            self.served_s.append(took_s)
        if status == 503 and b"\r\nretry-after: " not in head.lower():
            self.without_retry_after += 1

    def quantile_s(self, share: float) -> float:
        """Return the seconds within which a share of the served requests was answered."""
        return sorted(self.served_s)[min(len(self.served_s) - 1, int(share * len(self.served_s)))]

    def __str__(self) -> str:
        counts = ", ".join(f"{n} x {status or 'broken off'}" for status, n in sorted(self.statuses.items()))
        waits = f"; p50 {self.quantile_s(0.5):.2f} s, p99 {self.quantile_s(0.99):.2f} s" if self.served_s else ""
        return counts + waits


def request(path: str, body: dict[str, object]) -> bytes:
    """Return the bytes of a request whose connection closes after its answer."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


async def ask(url: str, content: bytes, outcome: Outcome) -> None:
    """Send a request over a new connection, read the answer to its end, and count it."""
    address, started = urlsplit(url), time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError:
        outcome.add(0, b"", 0.0)
        return
    try:
        writer.write(content)
        head = await reader.readuntil(b"\r\n\r\n")
        while await reader.read(1 << 20):
            pass
        outcome.add(int(head.split(b" ", 2)[1]), head, time.perf_counter() - started)
    except (OSError, asyncio.IncompleteReadError):
        outcome.add(0, b"", 0.0)
    finally:
        writer.close()


async def closed_load(url: str, content: bytes, clients: int, seconds: float) -> Outcome:
    """Let clients send requests, each the next one as soon as it is answered, and at least one."""
    outcome, ends = Outcome(), time.perf_counter() + seconds

    async def client() -> None:
        await ask(url, content, outcome)
        while time.perf_counter() < ends:
            await ask(url, content, outcome)

    await asyncio.gather(*(client() for _ in range(clients)))
    return outcome


async def open_load(url: str, content: bytes, per_s: float, seconds: float) -> Outcome:
    """Send requests at a fixed rate, whatever becomes of earlier ones."""
    outcome, loop = Outcome(), asyncio.get_running_loop()
    started, waiting = loop.time(), set[asyncio.Task[None]]()
    for i in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, started + i / per_s - loop.time()))
        waiting.add(task := loop.create_task(ask(url, content, outcome)))
        task.add_done_callback(waiting.discard)
    if waiting:
        await asyncio.wait(waiting)
    return outcome
