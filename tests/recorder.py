"""A proxy that records what clients ask for, and breaks connections where a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.processes import PATIENCE_S

_OF_THE_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass(slots=True)
class Exchange:
    """A request, and how it was answered.

    Attributes:
        method: its method.
        path: its path.
        range: its header field Range; "" without one.
        status: of the answer.
        n_bytes: bytes of the body that were sent.
    """

    method: str
    path: str
    range: str
    status: int
    n_bytes: int = 0


class Recorder:
    """What a proxy has seen, and what it does to the next answers.

    Attributes:
        url: the address of the proxy.
        exchanges: what it has seen, in the order of the answers.
        cuts: for each of the next bodies, after how many bytes the connection breaks if the body is longer.
        refusals: how many of the next requests get 503.
        instead: texts of paths, and what replaces them before they reach the service.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.exchanges: list[Exchange] = []
        self.cuts: list[int] = []
        self.refusals = 0
        self.instead: dict[str, str] = {}

    def clear(self) -> None:
        """Forget what was seen, and break nothing more."""
        self.exchanges.clear()
        self.cuts.clear()
        self.refusals = 0

    @property
    def n_bytes(self) -> int:
        """Bytes of all bodies."""
        return sum(each.n_bytes for each in self.exchanges)


@contextmanager
def recording(service: str) -> Iterator[Recorder]:
    """Yield the recorder of a proxy in front of a service, at an address of its own."""
    seen = Recorder("")

    class Handler(_Handler):
        upstream = urlsplit(service).netloc
        recorder = seen

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        seen.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    recorder: Recorder

    def do_GET(self) -> None:
        seen = self.recorder
        if seen.refusals:
            seen.refusals -= 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self._record(503)
            self.end_headers()
            return
        path = self.path
        for old, new in seen.instead.items():
            path = path.replace(old, new)
        connection = HTTPConnection(self.upstream, timeout=PATIENCE_S)
        try:
            connection.request(self.command, path, headers=dict(self.headers))
            answer = connection.getresponse()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_THE_HOP:
                    self.send_header(name, value)
            exchange = self._record(answer.status)
            self.end_headers()
            self._pass_on(answer, exchange)
        except OSError:  # the client has gone, which is its right
            self.close_connection = True
        finally:
            connection.close()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _pass_on(self, answer: HTTPResponse, exchange: Exchange) -> None:
        cuts = self.recorder.cuts
        cut = cuts.pop(0) if cuts and self.command == "GET" and answer.status < 300 else None
        while block := answer.read(2**14):
            if cut is not None and exchange.n_bytes + len(block) > cut:
                block = block[: cut - exchange.n_bytes]
            exchange.n_bytes += len(block)  # before the client knows of them
            self.wfile.write(block)
            if exchange.n_bytes == cut:
                self.close_connection = True
                return

    def _record(self, status: int) -> Exchange:
        exchange = Exchange(self.command, self.path, self.headers.get("Range", ""), status)
        self.recorder.exchanges.append(exchange)
        return exchange

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""
