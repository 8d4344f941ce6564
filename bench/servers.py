"""The servers that are compared: how to start each, send it requests and read its answers."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Literal

import httpx

from bench import peers
from bench.apps.ways import ROOT
from bench.machine import members

Way = Literal["numpy", "project"]
_UVICORN = ("-m", "uvicorn", "--port", "{port}", "--log-level", "warning", "--no-access-log")
_PATIENCE_S = 120


@dataclass(frozen=True)
class Server:
    """One server.

    Attributes:
        title: its name in tables.
        arguments: arguments of its Python interpreter; ``{port}`` stands for the port.
        way: how it makes latents and PNGs; None for a server that makes no pictures.
        peer: the peer in whose environment it runs; None for this project's own.
        path: path of the requests.
        takes_more: whether it also gets the loads that only this project's service supports.
    """

    title: str
    arguments: tuple[str, ...]
    way: Way | None = "numpy"
    peer: str | None = None
    path: str = "/generate"
    takes_more: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """Its Python interpreter."""
        return peers.python_of(self.peer) if self.peer else Path(sys.executable)

    @property
    def protocol(self) -> str:
        """The protocol of its requests: `json`, this project's own, or `v2`, tensors of the Open Inference Protocol."""
        return "v2" if self.path.startswith("/v2/") else "json"

    def pictures(self, client: httpx.Client, seeds: list[int]) -> list[str]:
        """Return the PNG of each seed, in base64."""
        body: dict[str, object] = {"model": "mlp", "seeds": seeds}
        if self.protocol == "v2":
            body = {"inputs": [{"name": "seeds", "shape": [1, len(seeds)], "datatype": "INT64", "data": [seeds]}]}
        answer = _post_in_time(client, self.path, body)
        if self.protocol == "v2":
            return list(answer["outputs"][0]["data"])
        return [image["png"] if isinstance(image, dict) else image for image in answer["images"]]


def _service(*arguments: str) -> tuple[str, ...]:
    return ("-m", "digitgan", "serve", "--port", "{port}", "--drain-s", "0", *arguments)


def _with_both_ways(name: str, server: Server) -> dict[str, Server]:
    ours = Server(f"{server.title}, our seeds and PNGs", server.arguments, "project", server.peer, server.path)
    return {name: server, f"{name}-ours": ours}


_TRITON = "/v2/models/mlp/infer"
SERVERS: dict[str, Server] = {
    "floor": Server("empty FastAPI endpoint, 1 process", (*_UVICORN, "bench.apps.floor:app"), way=None),
    "service-1": Server("**this service, 1 process**", _service(), "project"),
    "service-2": Server("**this service, 2 processes**", _service("--workers", "2"), "project", takes_more=True),
    **_with_both_ways("torch", Server("FastAPI + torch", (*_UVICORN, "bench.apps.naive_torch:app"))),
    **_with_both_ways("ort", Server("FastAPI + onnxruntime", (*_UVICORN, "bench.apps.naive_ort:app"))),
    **_with_both_ways("litserve", Server("LitServe", ("-m", "bench.apps.litserve_app", "{port}"), peer="litserve")),
    **_with_both_ways(
        "triton", Server("Triton (pytriton)", ("-m", "bench.apps.triton_app", "{port}"), peer="triton", path=_TRITON)
    ),
}


@dataclass(frozen=True)
class Running:
    """A server that has answered."""

    server: Server
    session: int
    port: int
    cold_start_s: float

    @property
    def url(self) -> str:
        """The address of the requests."""
        return f"http://127.0.0.1:{self.port}{self.server.path}"

    def client(self) -> httpx.Client:
        """Return a client of the server."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=_PATIENCE_S)


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Yield the server once it has answered, with the seconds until then; stop it after the block."""
    port = free_port()
    command = [str(server.python), *(each.format(port=port) for each in server.arguments)]
    environment = os.environ | server.environment | {"BENCH_WAY": server.way or "", "PYTHONPATH": str(ROOT)}
    started = perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            answering = Running(server, process.pid, port, 0.0)
            with answering.client() as client:
                while not _answers(server, client):
                    if process.poll() is not None:
                        raise RuntimeError(f"{server.title}: exited with status {process.returncode}; {command}")
                    if perf_counter() - started > _PATIENCE_S:
                        raise RuntimeError(f"{server.title}: no answer after {_PATIENCE_S} s")
                    sleep(0.01)
            yield Running(server, process.pid, port, perf_counter() - started)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            for pid in members(process.pid):  # children that it left behind would slow down the next server
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _post_in_time(client: httpx.Client, path: str, body: dict[str, object]) -> dict[str, Any]:
    """Return the answer. A server that still serves the clients of the last load may answer 503 for a while."""
    started = perf_counter()
    while (response := client.post(path, json=body)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        if perf_counter() - started > _PATIENCE_S:
            break
        sleep(0.1)
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer


def _answers(server: Server, client: httpx.Client) -> bool:
    try:
        return len(server.pictures(client, [1])) == 1
    except (httpx.HTTPError, json.JSONDecodeError, AttributeError):
        return False


def free_port() -> int:
    """Return a port that is free together with the two after it: Triton needs three in a row.

    Raises:
        RuntimeError: there are none.
    """
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if are_free(range(first, first + 3)):
            return first
    raise RuntimeError("no three free ports in a row")


def are_free(ports: range) -> bool:
    """Return whether every one of the ports can be bound, all at the same time."""
    with ExitStack() as bound:
        try:
            for port in ports:
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port))
        except (OSError, OverflowError):  # taken, or above 65,535
            return False
    return True
