"""What the service needs of uvicorn for one client's connection, with hooks; `uvicorn_servers` has the servers.

Much of what is used in both modules is private to uvicorn, and no other module uses uvicorn.
`tests/service/process/test_uvicorn_adapter.py` lists every such part and fails if one of them changes.
"""

import asyncio
import re
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .transports import HalfClosingTransport, ResettingTransport

_UPGRADE = b"upgrade"
_WITH_BODY = ("POST", "PUT", "PATCH", "QUERY")
_ANNOUNCES_BODY = {b"content-length", b"transfer-encoding"}
_BLANKS = b" \t"
_IPV4_AS_IPV6 = "::ffff:"  # RFC 4291, section 2.5.5.2: how a client of IPv4 looks to a socket of both families
# A whole address whose path is empty, which stands for "/" (RFC 9110, section 4.2.3), and its query.
_NO_PATH = re.compile(rb"^([a-z]+://[^/?]*)((?:\?.*)?)$", re.IGNORECASE | re.DOTALL)


class Connection(HttpToolsProtocol):
    """One client's connection, over which uvicorn speaks HTTP/1.1.

    It differs from uvicorn's own protocol: it ignores offers to upgrade, sends a client of HTTP/1.0 no chunks, ends all
    work for a client that has gone, takes blanks round a field's value for no part of the value, knows that an
    address without a path means "/", waits for the rest of a body that its answer did not need less long than for
    another request, and answers a request whose body came unannounced. Subclasses override the hooks `check_head`,
    `on_request`, `on_received` and `on_idle`, and asyncio's callbacks.

    Attributes:
        rest_timeout_s: seconds for the rest of a body after the answer, until the connection is closed.
        transport: the asyncio transport, or what `connection_made` was given in its place.
        loop: the event loop.
        has_new_request: whether the bytes received last completed the head of a request.
        has_new_body: whether the bytes received last held a part of a body.
    """

    rest_timeout_s = 5.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start a connection that waits for the head of a request."""
        super().connection_made(transport)
        if self.client is not None:
            self.client = self.client[0].removeprefix(_IPV4_AS_IPV6), self.client[1]
        self.scope = {}  # type: ignore[typeddict-item] # it has a method once a head is complete
        self._answering: RequestResponseCycle | None = None  # `cycle` is the newest request, and may wait behind it
        self.has_new_request = False
        self.has_new_body = False
        self._is_deaf = False

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection, and tell the request being answered that its client has gone."""
        super().connection_lost(exc)
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse bytes from the client."""
        if self._is_deaf:
            return
        self.has_new_request = self.has_new_body = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._ignore_upgrade(data[offer.args[0] :])
            return
        except httptools.HttpParserError as error:
            if self._lacks_length:
                self._ignore_rest()
                return
            self.logger.warning("Invalid HTTP request received: %s", error.__context__ or error)
            if not self.transport.is_closing():
                self.refuse(b"400 Bad Request")
            return
        # What is left of a refused body must not keep the connection open.
        if self.is_reading_head or not self.cycle.response_complete:
            self._unset_keepalive_if_required()
        self.on_received(len(data))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field to the head, without the blanks round its value, which the parser leaves at its end.

        Source: RFC 9110, section 5.5.
        """
        super().on_header(name, value.strip(_BLANKS))

    def on_headers_complete(self) -> None:
        """Start the request whose head is complete; one that offers an upgrade starts later, without the offer.

        Raises:
            ValueError: a hook refuses the request; the parser then raises its own error.
        """
        if self.parser.should_upgrade():
            return
        self.check_head(self.headers)
        if not self.url.startswith(b"/"):
            self.url = _NO_PATH.sub(rb"\1/\2", self.url)
        super().on_headers_complete()
        self.headers = []  # fields after a body must not pass for fields of the head
        self.has_new_request = True
        if self.http_version != "1.1":
            _send_without_chunks(self.cycle)
        self.on_request(len(self.pipeline))

    def on_body(self, body: bytes) -> None:
        """Pass a part of a body on to its request."""
        self.has_new_body = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the body of a request, if the request has started."""
        if self.is_reading_head:
            return
        super().on_message_complete()
        if self.cycle.response_complete:  # the answer did not need the whole body
            self.cycle.more_body = False
            self.on_response_complete()

    def on_response_complete(self) -> None:
        """Start the next request if one waits; otherwise wait for it, or for the rest of the body."""
        is_whole = not (self.cycle.more_body or self._is_deaf)
        self.timeout_keep_alive = self.config.timeout_keep_alive if is_whole else self.rest_timeout_s  # type: ignore[assignment]
        super().on_response_complete()
        if is_whole and self.timeout_keep_alive_task is not None:
            self.on_idle()

    def check_head(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Raise ValueError if a request with this head must be refused; the client gets status 400."""

    def on_request(self, n_waiting: int) -> None:
        """Note that a request has started, and that some wait behind the one being answered.

        Raises:
            ValueError: the connection must not go on.
        """

    def on_received(self, n_bytes: int) -> None:
        """Note that valid bytes have come from the client."""

    def on_idle(self) -> None:
        """Note that the connection waits for another request."""

    @property
    def http_version(self) -> str:
        """The version of HTTP that the client speaks, such as "1.1"."""
        return self.parser.get_http_version()

    @property
    def is_reading_head(self) -> bool:
        """Whether the head of the next request is incomplete, or has not begun."""
        return "method" not in self.scope

    @property
    def is_reading_body(self) -> bool:
        """Whether the body of the newest request is incomplete."""
        return self.cycle.more_body

    def refuse(self, status: bytes) -> None:
        """Answer the newest request with a bare status and close the connection.

        The status is left out where the client would take it for the answer to an earlier request.
        """
        newest = self.cycle
        is_newest_at_fault = newest is not None and newest is self._answering and newest.scope is self.scope
        if newest is None or newest.response_complete or (is_newest_at_fault and not newest.response_started):
            self.transport.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        self.transport.close()

    @property
    def _lacks_length(self) -> bool:
        """Whether the newest request is still to be answered, and announced no body although its method has one."""
        newest = self.cycle
        if newest is None or newest.response_started or newest.scope["method"] not in _WITH_BODY:
            return False
        return _ANNOUNCES_BODY.isdisjoint(name for name, _ in newest.scope["headers"])

    def _ignore_rest(self) -> None:
        """Answer the newest request and then close: what follows is its body, of which nobody can tell the end.

        Source: RFC 9112, section 6.3.
        """
        self._is_deaf = True
        self.cycle.keep_alive = False
        self.cycle.transport = HalfClosingTransport(self.cycle.transport)  # type: ignore[assignment]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Answer in HTTP/1.1 a request whose client offers another protocol, as Java's does each time.

        The parser takes everything after such a head for the other protocol, even a body. So a new parser reads on,
        from the same head without the offer.

        Source: RFC 9110, section 7.8: a server may ignore `Upgrade`.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":  # asks for a tunnel, whatever its head says
            self.refuse(b"400 Bad Request")
            return
        head = [b"%b %b HTTP/%b" % (method, self.url, self.http_version.encode())]
        head += [b"%b: %b" % (name, value) for name, value in self.headers if name != _UPGRADE]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join([*head, b"", rest]))


def _send_without_chunks(cycle: RequestResponseCycle) -> None:
    """Let the end of the connection mark the end of an answer of unknown length, before any of it has been sent.

    Source: RFC 9112, sections 6.1 (a client of HTTP/1.0 knows no chunks) and 6.3 (what ends a body).
    """
    send = cycle.send
    has_length = True

    async def send_plain(message: Any) -> None:
        nonlocal has_length
        if message["type"] == "http.response.start":
            has_length = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
            if not has_length:
                cycle.chunked_encoding = False  # uvicorn decides only where this is None
        elif not has_length:
            cycle.expected_content_length = len(message.get("body", b""))  # so that uvicorn finds no mismatch
        await send(message)

    cycle.keep_alive = False
    cycle.transport = ResettingTransport(cycle.transport, lambda: cycle.response_complete)  # type: ignore[assignment]
    cycle.send = send_plain  # type: ignore[method-assign]
