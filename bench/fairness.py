"""Measure how long one image waits alone and beside requests for a thousand images, in times of one model run.

python -m bench.fairness --model digits --seconds 10
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from time import perf_counter, sleep
from typing import Any

from bench.load import Load, measure
from bench.servers import SERVERS, Running, running

_RUN_IMAGES = 64
_PAUSE_S = 0.02  # between two small requests, so that they are no load themselves


def ask(port: int, model: str, n_images: int) -> tuple[float, float]:
    """Return the seconds that a request for n images took, and those of the model runs for it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.connect()
        body = json.dumps({"model": model, "seeds": list(range(n_images))})
        started = perf_counter()
        connection.request("POST", "/generate", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took = perf_counter() - started
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"a request for {n_images:,} images got status {answer.status}")
    timing = dict(each.strip().split(";dur=") for each in (answer.getheader("Server-Timing") or "").split(","))
    return took, float(timing["model"]) / 1e3


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def small_requests(port: int, model: str, seconds: float) -> list[float]:
    """Return how long requests for one image took, one after the other."""
    ends, took = perf_counter() + seconds, []
    while perf_counter() < ends:
        took.append(ask(port, model, 1)[0])
        sleep(_PAUSE_S)
    return took


def figures(server: Running, model: str, seconds: int) -> dict[str, Any]:
    """Return the waits of one image, alone and beside two clients that keep requesting a thousand images each."""
    run_s = quantile([ask(server.port, model, _RUN_IMAGES)[1] for _ in range(20)], 0.5)
    alone = small_requests(server.port, model, seconds)
    with ThreadPoolExecutor(1) as others:
        large = others.submit(measure, server, Load(1000, 2, model, seconds=seconds + 2), seconds)
        sleep(1)
        beside = small_requests(server.port, model, seconds)
        large_per_s = large.result()["requests_per_s"]
    waits = {
        name: {"requests": len(took), "p50_runs": quantile(took, 0.5) / run_s, "p99_runs": quantile(took, 0.99) / run_s}
        for name, took in (("alone", alone), ("beside", beside))
    }
    return {"model": model, "run_ms": run_s * 1e3, "large_requests_per_s": large_per_s, **waits}


def main() -> None:
    """Print the figures, as JSON."""
    parser = argparse.ArgumentParser(description="Compare the wait of one image alone and beside large requests.")
    parser.add_argument("--model", default="digits")
    parser.add_argument("--seconds", type=int, default=10, help="length of each half (default: 10)")
    given = parser.parse_args()
    with running(SERVERS["service-1"]) as server:
        print(json.dumps(figures(server, given.model, given.seconds), indent=2))


if __name__ == "__main__":
    main()
