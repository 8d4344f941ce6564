"""Knows loads on a running service, by the plainest client there is. Does not know what a test expects of it."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Outcome:
    """What became of requests: how many got which status, and how long those took that were served.

    Attributes:
        statuses: status -> requests; 0 stands for a connection that broke off.
        served_s: seconds of each request that got 200.
        without_retry_after: requests that got 503 and were not told when to come back.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    served_s: list[float] = field(default_factory=list)
    without_retry_after: int = 0

    def add(self, status: int, head: bytes, took_s: float) -> None:
        """Take down one answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 200:
            self.served_s.append(took_s)
        if status == 503 and b"\r\nretry-after: " not in head.lower():
            self.without_retry_after += 1

    def quantile_s(self, share: float) -> float:
        """Return the seconds in which a share of the served requests was answered."""
        return sorted(self.served_s)[min(len(self.served_s) - 1, int(share * len(self.served_s)))]

    def __str__(self) -> str:
        counts = ", ".join(f"{n} x {status or 'broken off'}" for status, n in sorted(self.statuses.items()))
        waits = f"; p50 {self.quantile_s(0.5):.2f} s, p99 {self.quantile_s(0.99):.2f} s" if self.served_s else ""
        return counts + waits


def request(path: str, body: dict[str, object]) -> bytes:
    """Return the bytes of a request whose connection ends with its answer."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return head.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content


async def ask(url: str, sent: bytes, outcome: Outcome) -> None:
    """Send a request over a connection of its own, read the answer to its end, and take it down."""
    address, started = urlsplit(url), time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError:
        outcome.add(0, b"", 0.0)
        return
    try:
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        while await reader.read(1 << 20):
            pass
        outcome.add(int(head.split(b" ", 2)[1]), head, time.perf_counter() - started)
    except (OSError, asyncio.IncompleteReadError):
        outcome.add(0, b"", 0.0)
    finally:
        writer.close()


async def closed_load(url: str, sent: bytes, clients: int, seconds: float) -> Outcome:
    """Let some clients ask one after the other, each as soon as it is answered, and at least once."""
    outcome, ends = Outcome(), time.perf_counter() + seconds

    async def client() -> None:
        await ask(url, sent, outcome)
        while time.perf_counter() < ends:
            await ask(url, sent, outcome)

    await asyncio.gather(*(client() for _ in range(clients)))
    return outcome


async def open_load(url: str, sent: bytes, per_s: float, seconds: float) -> Outcome:
    """Send so many requests a second, whatever becomes of those before."""
    outcome, loop = Outcome(), asyncio.get_running_loop()
    started, waiting = loop.time(), set[asyncio.Task[None]]()
    for i in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, started + i / per_s - loop.time()))
        waiting.add(task := loop.create_task(ask(url, sent, outcome)))
        task.add_done_callback(waiting.discard)
    if waiting:
        await asyncio.wait(waiting)
    return outcome
