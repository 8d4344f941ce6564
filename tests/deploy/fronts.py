"""A gateway in front of replicas, for tests that need both."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

from tests.gateway import Gateway
from tests.processes import PATIENCE_S, Service, serving

MOST_BYTES = 2000
USUAL = "127.0.0.2"  # the replica behind the gateway


class Front:
    """A gateway, and how to start replicas of the service behind it."""

    def __init__(self, running: ExitStack, models_dir: Path, front: Gateway) -> None:
        self.gateway = front
        self._running = running
        self._models = ("--models-dir", str(models_dir), "--default-model", "tiny")

    def replica(self, host: str, *arguments: str) -> Service:
        port = str(self.gateway.replica_port)
        return self._running.enter_context(serving("--host", host, "--port", port, *self._models, *arguments))

    @contextmanager
    def replaced(self, host: str, *arguments: str) -> Iterator[httpx.Client]:
        """Let another replica answer alone during the block; yield a client of the gateway.

        In between there are two, since the gateway tells how many replicas it uses, and not which.
        """
        self.replica(host, *arguments)
        for hosts in ((USUAL, host), (host,)):
            self.gateway.set_replicas(*hosts)
        with self.gateway.client() as client:
            yield client
        for hosts in ((USUAL, host), (USUAL,)):
            self.gateway.set_replicas(*hosts)


@contextmanager
def breaking_replica(front: Gateway, sent: bytes | None = b"") -> Iterator[list[httpx.Headers]]:
    """Run a replica that is ready but breaks off each request after `sent`; yield the headers of these requests.

    If `sent` is None, it is silent until the gateway gives up.
    """
    got: list[httpx.Headers] = []

    class BreakingOff(BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            understood = super().parse_request()
            if understood and self.path == "/health/ready":
                self.send_response(200)
                self.end_headers()
            else:
                got.append(httpx.Headers(list(self.headers.items())))
                if sent is None:
                    with suppress(ConnectionResetError):
                        self.rfile.read()
                else:
                    self.wfile.write(sent)
            return False

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.8", front.replica_port), BreakingOff)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        front.set_replicas("127.0.0.8")
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def assert_problem(answer: httpx.Response, status: int, kind: str) -> None:
    """Assert that an answer is a problem in the service's format."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (status, kind)
    assert body["request_id"] == answer.headers["x-request-id"]


def ask(front: Gateway, headers: dict[str, str], method: str = "POST", n_bytes: int = 2) -> httpx.Response:
    """Send a request on a new connection."""
    return httpx.request(method, f"{front.url}/generate", content=b" " * n_bytes, headers=headers, timeout=PATIENCE_S)
