"""Knows what a client's connection may cost beside its requests, in bytes of heads, in requests ahead, and in time.

Does not know what requests mean. The web server beneath bounds none of this, and a gateway may not be there.
"""

import asyncio

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.process.unsized_answers import UnsizedAnswers

_UPGRADE = b"upgrade"


class BoundedConnection(UnsizedAnswers):
    """The server's protocol, within bounds.

    Attributes:
        most_head_bytes: of a request's head, and of what is no body between or after its chunks.
        head_s: seconds from the connection, or from the first byte of a later head, until the head is there.
        most_ahead: requests that may be sent while an earlier one is answered.
        unread_s: seconds in which a client that is sent more than it reads must have read some of it.
    """

    most_head_bytes = 64 * 1024
    head_s = 10.0
    most_ahead = 100
    unread_s = 60.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, of which a head is awaited."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)  # whatever the kernel does not take is told of, to be timed
        self.scope = {}  # type: ignore[typeddict-item] # of a request whose head has not begun
        self._in_work: RequestResponseCycle | None = None  # while others wait behind it, another than `cycle`
        self._n_head_bytes = 0
        self._has_body_come = False
        self._head_timer: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._give_up_head)
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        super().connection_lost(exc)
        if self._in_work is not None and not self._in_work.response_complete:
            self._in_work.disconnected = True
            self._in_work.message_event.set()
        self._head_has_come()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Pass on what a client sends to the requests that it is of."""
        before = self.cycle
        self._has_body_come = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offered:
            self._go_on_as_it_is(data[offered.args[0] :])
            return
        except httptools.HttpParserError as error:
            self.logger.warning("Invalid HTTP request received: %s", error.__context__ or error)
            if not self.transport.is_closing():
                self._refuse(b"400 Bad Request")
            return
        if "method" not in self.scope:
            is_all_of_head = self.cycle is before and not self._has_body_come
            self._head_has_grown(len(data) if is_all_of_head else 1)
            return
        if self._head_timer is not None or self._has_body_come:
            self._head_has_come()
        elif self.cycle is before and before.more_body:
            self._count(len(data))
        if not self.cycle.response_complete:
            self._unset_keepalive_if_required()

    def on_headers_complete(self) -> None:
        """Begin a request, unless it is to begin once more.

        Raises:
            ValueError: it cannot be one; the parser ends at that.
        """
        if self.parser.should_upgrade():
            return
        n_hosts = [name for name, _ in self.headers].count(b"host")
        if n_hosts > 1 or (not n_hosts and self.parser.get_http_version() == "1.1"):
            raise ValueError("its host is to be named once (RFC 9112, section 3.2)")
        super().on_headers_complete()
        self.headers = []  # what follows a body is not of the head, and must not pass for it
        if len(self.pipeline) > self.most_ahead:
            self.transport.abort()
            raise ValueError(f"more than {self.most_ahead} requests before the answer to the first")

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._has_body_come = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request's body, of one that has begun."""
        if "method" in self.scope:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Write no more, and for a while only."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Write on."""
        super().resume_writing()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._in_work = cycle
        super()._start_asgi_task(cycle, app)

    def _go_on_as_it_is(self, rest: bytes) -> None:
        """Answer a request in this protocol whose client offered another, as Java's does each time.

        The parser takes all that follows such a head for the other protocol, a body too. So a new one reads on, from
        the same head without the offer.

        Source: RFC 9110, section 7.8: a server may ignore `Upgrade`.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":  # whatever its head says, it asks for a tunnel
            self._refuse(b"400 Bad Request")
            return
        head = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        head += [b"%b: %b" % (name, value) for name, value in self.headers if name != _UPGRADE]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join([*head, b"", rest]))

    def _head_has_grown(self, n_bytes: int) -> None:
        """Note that more of a head has come, which is not all of it."""
        self._unset_keepalive_if_required()
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_s, self._give_up_head)
        self._count(n_bytes)

    def _count(self, n_bytes: int) -> None:
        self._n_head_bytes += n_bytes
        if self._n_head_bytes > self.most_head_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def _head_has_come(self) -> None:
        self._n_head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up_head(self) -> None:
        if self._n_head_bytes:
            self._refuse(b"408 Request Timeout")
        else:  # nobody asked anything
            self.transport.close()

    def _refuse(self, status: bytes) -> None:
        """Answer by a status alone, where that cannot pass for the answer to another request, and close."""
        cycle = self.cycle
        is_at_fault = cycle is not None and cycle is self._in_work and cycle.scope is self.scope
        if cycle is None or cycle.response_complete or (is_at_fault and not cycle.response_started):
            self.transport.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        self.transport.close()

    def _await_reading(self, unread: float = float("inf")) -> None:
        """Break the connection off if no less is unread than a while ago."""
        now_unread = self.transport.get_write_buffer_size()
        if now_unread >= unread:
            self.transport.abort()
        else:
            self._unread_timer = self.loop.call_later(self.unread_s, self._await_reading, now_unread)
