"""The one module that uses uvicorn, and offers what the service needs of it: connections and servers with hooks.

Much of what is used here is private to uvicorn. `tests/service/process/test_uvicorn_adapter.py` lists every such part
and fails if one of them changes.
"""

import asyncio
import logging
import math
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from digitgan.contract.errors import CannotServe

from .listener import permit_restart
from .transports import HalfClosingTransport, ResettingTransport

_CLOSE = (b"connection", b"close")
_UPGRADE = b"upgrade"
_WITH_BODY = ("POST", "PUT", "PATCH", "QUERY")
_ANNOUNCES_BODY = {b"content-length", b"transfer-encoding"}
_BLANKS = b" \t"
_IPV4_AS_IPV6 = "::ffff:"  # RFC 4291, section 2.5.5.2: how a client of IPv4 looks to a socket of both families
# A whole address whose path is empty, which stands for "/" (RFC 9110, section 4.2.3), and its query.
_NO_PATH = re.compile(rb"^([a-z]+://[^/?]*)((?:\?.*)?)$", re.IGNORECASE | re.DOTALL)
# The service writes its own line for each request, and formats uvicorn's lines like all others.
_QUIET: dict[str, Any] = {"access_log": False, "log_config": None}


class Connection(HttpToolsProtocol):
    """One client's connection, over which uvicorn speaks HTTP/1.1.

    It differs from uvicorn's own protocol: it ignores offers to upgrade, sends a client of HTTP/1.0 no chunks, stops all
    work for a client that has gone, takes the blanks round a field's value for no part of the value, knows that an
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


class Server(uvicorn.Server):
    """The web server of a process, which runs until a signal ends it.

    Subclasses override the hooks `on_started`, `on_signal`, `on_stopping` and `on_stopped`.

    Args:
        app: the application to serve.
        connection: what speaks HTTP with each client.
        keep_alive_s: seconds after which an idle connection is closed.
        grace_s: seconds for answers in progress, after the server has stopped listening; rounded up.
        listener: the bound socket to listen on; None if the subclass accepts connections itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        connection: type[Connection],
        keep_alive_s: float,
        grace_s: float,
        listener: socket.socket | None,
    ) -> None:
        config: dict[str, Any] = {
            "timeout_keep_alive": keep_alive_s,
            "timeout_graceful_shutdown": math.ceil(grace_s),
            **_QUIET,
        }
        super().__init__(uvicorn.Config(app, http=connection, **config))
        self._listeners = [] if listener is None else [listener]
        self._drained_at: float | None = None  # on the monotonic clock

    def on_started(self) -> None:
        """Note, in the event loop, that the application has started and the server listens."""

    def on_signal(self, number: int) -> None:
        """Act on SIGTERM or SIGINT: stop."""
        self.stop(number)

    def on_stopping(self) -> None:
        """Note, in the event loop, that the server is about to stop listening."""

    async def on_stopped(self) -> None:
        """Clean up after the last answer."""

    def run_until_stopped(self) -> bool:
        """Serve until a signal ends it, and return whether the server ever started; for the main thread only.

        Raises:
            KeyboardInterrupt: SIGINT ended it.
        """
        # uvicorn restores these handlers when it has stopped, and raises the signals it got once more.
        signal.signal(signal.SIGTERM, self.handle_exit)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for background processes
        self.run(self._listeners)
        return self.started

    @property
    def is_listening(self) -> bool:
        """Whether the server has begun to listen."""
        return hasattr(self, "servers")  # `started` is set only after the log has said so

    @property
    def is_draining(self) -> bool:
        """Whether `drain` has been called."""
        return self._drained_at is not None

    def drain(self, seconds: float) -> None:
        """Serve for some more seconds, closing each connection after its next answer, and then stop."""
        self.config.encoded_headers.append(_CLOSE)  # uvicorn makes new default headers from these each second
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        self._drained_at = monotonic() + seconds

    def stop(self, number: int) -> None:
        """Stop listening and finish the answers in progress; a second SIGINT does not wait for them."""
        super().handle_exit(number, None)

    def log_address(self, host: str, port: int) -> None:
        """Log where the server listens, as uvicorn does when it makes the socket itself."""
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        logging.getLogger("uvicorn.error").info("Uvicorn running on %s (Press CTRL+C to quit)", url)

    def track_connections(self, connections: set[Any]) -> None:
        """Keep the open connections in this set; call it before the first one is made."""
        self.server_state.connections = connections

    def make_connection(self) -> asyncio.Protocol:
        """Return what speaks HTTP over a connection that the caller has accepted."""
        kind: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and listen.

        Raises:
            CannotServe: another process has begun to listen on the address.
        """
        try:
            for listener in sockets or ():
                permit_restart(listener)
            await super().startup(sockets)
            if self.started:
                self.on_started()
        except OSError as error:
            raise CannotServe(f"cannot listen: {error.strerror}") from error

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and finish the answers in progress."""
        self.on_stopping()
        await super().shutdown(sockets)
        await self.on_stopped()

    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop; uvicorn asks ten times a second."""
        if self._drained_at is not None and monotonic() >= self._drained_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Act on a signal."""
        self.on_signal(sig)


class EmbeddedServer(uvicorn.Server):
    """A server that leaves signals alone: it lives in the event loop of another server, or in a thread.

    Args:
        app: the application to serve.
        listener: the bound socket to listen on.
        grace_s: whole seconds for answers in progress, after the server has stopped listening.
        connection: what speaks HTTP with each client; by default uvicorn's own protocol.
        keep_alive_s: seconds after which an idle connection is closed.
        log_level: the lowest level that uvicorn logs in this process; by default unchanged.
        has_lifespan: whether to start and stop the application, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        grace_s: int,
        connection: type[asyncio.Protocol] | None = None,
        keep_alive_s: float = 5.0,
        log_level: str | None = None,
        has_lifespan: bool = False,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=connection or "auto",
                lifespan="auto" if has_lifespan else "off",
                log_level=log_level,
                timeout_graceful_shutdown=grace_s,
                timeout_keep_alive=keep_alive_s,  # type: ignore[arg-type] # a delay of the event loop
                **_QUIET,
            )
        )
        self._listener = listener
        self._serving: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Serve from now on, in the running event loop."""
        self._serving = asyncio.create_task(self.serve([self._listener]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and listen."""
        permit_restart(self._listener)
        await super().startup(sockets)

    async def end(self) -> None:
        """Stop listening, and finish the answers in progress."""
        self.stop()
        if self._serving is not None:
            await self._serving

    def run_until_stopped(self) -> None:
        """Serve in an event loop of its own, until another thread calls `stop`."""
        self.run([self._listener])

    @property
    def has_started(self) -> bool:
        """Whether the application has started and the server listens."""
        return self.started

    def stop(self) -> None:
        """Stop listening soon, and finish the answers in progress."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the rest of the process."""
        yield
