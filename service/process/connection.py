"""A client's connection with limits on what it may cost: bytes of heads, requests sent ahead, time, and idleness.

The web server limits none of these, and there may be no gateway in front of it.
"""

import asyncio
import resource
import socket
from typing import NamedTuple

from digitgan.engine.budget import Budget

from .transports import CoalescingTransport
from .uvicorn_adapter import Connection

_SYSTEM_BUFFER_BYTES = 256 * 1024
_MOST_IDLE = 2_000  # connections; each takes 10 KiB
# A client that has vanished is found within two minutes, and networks that forget idle connections are reminded.
_PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}  # some systems, as macOS, lack the first


class Pace(NamedTuple):
    """How fast a client must read what is sent to it, on average after some seconds."""

    bytes_per_s: int
    patience_s: float


class IdleConnections:
    """The connections of a process that wait for another request, in the order in which they began to.

    Args:
        most: how many may wait; beyond that the one that has waited longest is closed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[Connection, None] = {}

    @classmethod
    def within_descriptors(cls) -> "IdleConnections":
        """Return as many as the memory allows, and the descriptors of this process, of which half are for others."""
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(_MOST_IDLE if descriptors == resource.RLIM_INFINITY else min(_MOST_IDLE, descriptors // 2))

    def add(self, connection: Connection) -> None:
        """Note that a connection waits from now on."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            self.discard(oldest)
            oldest.transport.close()

    def discard(self, connection: Connection) -> None:
        """Note that a connection does not wait any more, if it did."""
        self._waiting.pop(connection, None)


class LimitedConnection(Connection):
    """One client's connection, within limits.

    Attributes:
        max_fields: maximum number of lines in a request's head.
        max_head_bytes: maximum size of a request's head, and of everything but the body between or after its chunks.
        head_timeout_s: seconds from the connection, or from the first byte of a later head, until the head is complete.
        max_waiting: maximum number of requests that a client may send while an earlier one is being answered.
        usual_pace: how fast a client must read.
        urgent_pace: how fast it must read when answers that are not sent yet take much of their memory.
        look_s: seconds between looks at what a client has read.
        unsent: the budget of answers that are not sent yet; None for no such budget.
        idle: the connections that are idle; None for any number of them.
    """

    max_fields = 128  # every part of the service goes through all of them
    max_head_bytes = 64 * 1024
    head_timeout_s = 10.0
    max_waiting = 100
    usual_pace = Pace(4 * 1024, 30.0)
    urgent_pace = Pace(128 * 1024, 4.0)
    look_s = 2.0
    unsent: Budget | None = None
    idle: IdleConnections | None = None

    @classmethod
    def within(cls, unsent: Budget, idle: IdleConnections | None = None) -> "type[LimitedConnection]":
        """Return the connections that must read faster when a budget is scarce, and of which few may be idle."""
        return type(cls.__name__, (cls,), {"unsent": unsent, "idle": idle})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection, and the time limit of its first head."""
        connected = transport.get_extra_info("socket")
        if connected is not None:  # otherwise the system takes megabytes for each client that reads slowly
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_BUFFER_BYTES)
        if connected is not None and connected.family != socket.AF_UNIX:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _PROBES.items():
                if hasattr(socket, option):
                    connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        super().connection_made(CoalescingTransport(transport))  # type: ignore[arg-type]
        self.transport.set_write_buffer_limits(high=0)  # report all that the kernel does not take, so that it is timed
        self._n_head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = self.loop.call_later(self.head_timeout_s, self._abandon_head)
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection and its timers."""
        super().connection_lost(exc)
        if self.idle is not None:
            self.idle.discard(self)
        self._finish_head()
        self.resume_writing()

    def on_received(self, n_bytes: int) -> None:
        """Count the bytes that belong to no body, and time the head."""
        if self.idle is not None and (self.is_reading_head or self.has_new_request):
            self.idle.discard(self)
        if self.is_reading_head:
            is_all_head = not (self.has_new_request or self.has_new_body)
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(self.head_timeout_s, self._abandon_head)
            self._count(n_bytes if is_all_head else 1)
        elif self._head_timer is not None or self.has_new_body:
            self._finish_head()
        elif not self.has_new_request and self.is_reading_body:
            self._count(n_bytes)

    def on_idle(self) -> None:
        """Let the connection wait for another request, unless too many do."""
        if self.idle is not None:
            self.idle.add(self)

    def check_head(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Raise ValueError unless the head has few fields and names its host as RFC 9112, section 3.2, requires."""
        if len(headers) > self.max_fields:
            raise ValueError(f"the head has {len(headers):,} fields; at most {self.max_fields} are allowed")
        n_hosts = [name for name, _ in headers].count(b"host")
        if n_hosts > 1 or (not n_hosts and self.http_version == "1.1"):
            raise ValueError("exactly one Host header is required (RFC 9112, section 3.2)")

    def on_request(self, n_waiting: int) -> None:
        """Break the connection off if too many requests wait."""
        if n_waiting > self.max_waiting:
            self.transport.abort()
            raise ValueError(f"more than {self.max_waiting} requests were sent ahead of their answers")

    def pause_writing(self) -> None:
        """Stop writing, and start the time limit for the client to read."""
        super().pause_writing()
        self._paused_at = self.loop.time()
        self._n_unread = self.transport.get_write_buffer_size()
        self._await_reading()

    def resume_writing(self) -> None:
        """Write again: the client has read everything."""
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _count(self, n_bytes: int) -> None:
        self._n_head_bytes += n_bytes
        if self._n_head_bytes > self.max_head_bytes:
            self.refuse(b"431 Request Header Fields Too Large")

    def _finish_head(self) -> None:
        self._n_head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _abandon_head(self) -> None:
        if self._n_head_bytes:
            self.refuse(b"408 Request Timeout")
        else:  # the client has sent nothing
            self.transport.close()

    def _await_reading(self) -> None:
        """Break the connection off if the client reads too slowly; look again later."""
        pace = self.urgent_pace if self.unsent is not None and self.unsent.is_scarce else self.usual_pace
        n_read = self._n_unread - self.transport.get_write_buffer_size()
        if n_read < pace.bytes_per_s * (self.loop.time() - self._paused_at - pace.patience_s):
            self.transport.abort()
        else:
            self._read_timer = self.loop.call_later(self.look_s, self._await_reading)
