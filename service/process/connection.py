"""A client's connection with limits on what it may cost: bytes of heads, requests sent ahead, and time.

The web server limits none of these, and there may be no gateway in front of it.
"""

import asyncio

from service.process.transports import CoalescingTransport
from service.process.uvicorn_adapter import Connection


class LimitedConnection(Connection):
    """One client's connection, within limits.

    Attributes:
        max_fields: maximum number of lines in a request's head.
        max_head_bytes: maximum size of a request's head, and of everything but the body between or after its chunks.
        head_timeout_s: seconds from the connection, or from the first byte of a later head, until the head is complete.
        max_waiting: maximum number of requests that a client may send while an earlier one is being answered.
        read_timeout_s: seconds within which a client must read some of what it has been sent.
    """

    max_fields = 128  # every part of the service goes through all of them
    max_head_bytes = 64 * 1024
    head_timeout_s = 10.0
    max_waiting = 100
    read_timeout_s = 60.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection, and the time limit of its first head."""
        super().connection_made(CoalescingTransport(transport))  # type: ignore[arg-type]
        self.transport.set_write_buffer_limits(high=0)  # report all that the kernel does not take, so that it is timed
        self._n_head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = self.loop.call_later(self.head_timeout_s, self._abandon_head)
        self._read_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection and its timers."""
        super().connection_lost(exc)
        self._finish_head()
        self.resume_writing()

    def on_received(self, n_bytes: int) -> None:
        """Count the bytes that belong to no body, and time the head."""
        if self.is_reading_head:
            is_all_head = not (self.has_new_request or self.has_new_body)
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(self.head_timeout_s, self._abandon_head)
            self._count(n_bytes if is_all_head else 1)
        elif self._head_timer is not None or self.has_new_body:
            self._finish_head()
        elif not self.has_new_request and self.is_reading_body:
            self._count(n_bytes)

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

    def _await_reading(self, previously_unread: float = float("inf")) -> None:
        """Break the connection off if the client has read nothing since the last look."""
        unread = self.transport.get_write_buffer_size()
        if unread >= previously_unread:
            self.transport.abort()
        else:
            self._read_timer = self.loop.call_later(self.read_timeout_s, self._await_reading, unread)
