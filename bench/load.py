"""The loads that wrk puts on the servers, and the figures that are measured meanwhile."""

import json
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from bench.machine import pss_mib, spent
from bench.servers import Running

_BODIES = Path(__file__).with_name("body.lua")
_WARM_UP_S = 1
_PAUSE_S = 0.5  # for a server to finish the requests that wrk abandoned


@dataclass(frozen=True)
class Load:
    """Clients that send one request after the other.

    Attributes:
        images: images of a request.
        clients: connections, each with one request at a time.
        model: the model that is requested.
        accept: the format of the answer.
        is_own: whether only this project's service can answer it.
        seconds: length of a load that is part of only the last round; None for a load of every round.
    """

    images: int
    clients: int
    model: str = "mlp"
    accept: str = "*/*"
    is_own: bool = False
    seconds: int | None = None


LOADS = {
    "S1a": Load(1, 1),
    "S1b": Load(1, 32),
    "S2": Load(16, 8),
    "S3": Load(256, 4),
    "S4": Load(16, 256, seconds=10),
    "1,024 a request": Load(1024, 4, is_own=True),
    "10,000 a request": Load(10_000, 2, accept="application/x-ndjson", is_own=True),
    "S3 digits-int8": Load(256, 4, model="digits-int8", is_own=True),
    "S3 digits": Load(256, 4, model="digits", is_own=True),
    "S3 sheet": Load(256, 4, accept="image/png", is_own=True),
    "S3 npy": Load(256, 4, accept="application/x-npy", is_own=True),
}


def is_offered(running: Running, load: Load) -> bool:
    """Return whether a server can answer the requests of a load."""
    if not running.server.takes_more:
        return not load.is_own and (running.server.way is not None or load.images == 1)
    with running.client() as client:
        body = {"model": load.model, "seeds": [1]}
        return client.post(running.server.path, json=body, headers={"Accept": load.accept}).is_success


def measure(running: Running, load: Load, seconds: int) -> dict[str, Any]:
    """Return the figures of one load on one server. A load without a length of its own warms the server up first."""
    if load.seconds is None:
        _wrk(running, load, _WARM_UP_S)
        sleep(_PAUSE_S)
    before, started = spent(running.session), perf_counter()
    figures = _wrk(running, load, load.seconds or seconds)
    took, wall_s = spent(running.session) - before, perf_counter() - started
    images = max(1, figures["requests"]) * load.images
    return figures | {
        "requests_per_s": figures["requests"] / figures["seconds"],
        "images_per_s": figures["requests"] * load.images / figures["seconds"],
        "cpu_ms_per_image": took.session_s * 1e3 / images,
        "foreign_cores": took.foreign_s / wall_s,
        "pss_mib": pss_mib(running.session),
    }


def _wrk(running: Running, load: Load, seconds: int) -> dict[str, Any]:
    environment = os.environ | {
        "BENCH_IMAGES": str(load.images),
        "BENCH_MODEL": load.model,
        "BENCH_ACCEPT": load.accept,
        "BENCH_PROTOCOL": running.server.protocol,
        "BENCH_FIRST_SEED": str(random.randrange(2**40)),
    }
    command = ["wrk", "-t1", f"-c{load.clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_BODIES), running.url]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    [line] = [line for line in ended.stdout.splitlines() if line.startswith("figures ")]
    figures: dict[str, Any] = json.loads(line.removeprefix("figures "))
    return figures
