"""What a running service takes for data sets: time to the first byte, correctness, speed and memory."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import httpx

from bench.machine import pss_mib
from bench.servers import SERVERS, Running, running
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_engine, create_repository
from digitgan.engine.settings import EngineSettings

_SPEC = "/datasets/model-digits,version-1,count-{},seed-0/{}"
_LARGEST, _LARGE = 10**9, 10**8  # images
_FILES = ("train-images-idx3-ubyte", "images.npy", "labels.npy", "data.parquet")
_PIXELS, _IDX_HEAD = 784, 16  # bytes of an image and of what precedes the images of an IDX file
_LENGTHS = {"a byte": 1, "10 images": 10 * _PIXELS, "64 images": 64 * _PIXELS, "1,000 images": 1_000 * _PIXELS}


@contextmanager
def _served() -> Iterator[tuple[Running, httpx.Client]]:
    """Yield one process of the service and a client, after the requests that load what is loaded once."""
    with running(SERVERS["service-1"]) as service, service.client() as client:
        for _ in range(30):
            client.get("/digits/3/7.png")
        _read_npy(client, 2_000)
        yield service, client


def _read(client: httpx.Client, address: str, span: range | None = None) -> tuple[float, float, int]:
    """Return the seconds to the first byte and to the last one, and the number of bytes."""
    headers = {} if span is None else {"Range": f"bytes={span.start}-{span.stop - 1}"}
    started = perf_counter()
    with client.stream("GET", address, headers=headers) as answer:
        pieces = answer.raise_for_status().iter_raw()
        n_bytes = len(next(pieces))
        first_s = perf_counter() - started
        n_bytes += sum(map(len, pieces))
    return first_s, perf_counter() - started, n_bytes


def _read_npy(client: httpx.Client, n: int) -> float:
    """Return the seconds of a stream of images by POST."""
    started = perf_counter()
    with client.stream("POST", "/generate", json={"count": n}, headers={"Accept": "application/x-npy"}) as answer:
        for _ in answer.raise_for_status().iter_raw():
            pass
    return perf_counter() - started


def latency(n_each: int) -> dict[str, Any]:
    """Return the milliseconds to the first byte of ranges in files of a thousand million images.

    Args:
        n_each: random ranges of each file and length.
    """
    places, rows = random.Random(1), dict[str, dict[str, Any]]()
    with _served() as (_, client):
        for file in _FILES:
            address = _SPEC.format(_LARGEST, file)
            size = int(client.head(address).headers["content-length"])
            rows[file] = {}
            for name, length in _LENGTHS.items():
                starts = [places.randrange(size - length) for _ in range(n_each)]
                times = [_read(client, address, range(start, start + length))[0] * 1e3 for start in starts]
                rows[file][name] = {"median": median(times), "p95": quantiles(times, n=20)[-1], "most": max(times)}
    return {"images": _LARGEST, "ranges": n_each, "rows": rows}


def correctness(n: int) -> dict[str, Any]:
    """Return how many random ranges of a large IDX file equal the slices that are made from the seeds directly.

    Args:
        n: number of ranges.
    """
    places, equal, n_images = random.Random(2), 0, 0
    address = _SPEC.format(_LARGE, "train-images-idx3-ubyte")
    settings = EngineSettings()
    repository = create_repository(settings)
    engine = create_engine(settings, repository.load("digits"))
    try:
        with _served() as (_, client):
            for _ in range(n):
                start = places.randrange(_IDX_HEAD, _IDX_HEAD + _PIXELS * _LARGE)
                stop = min(start + places.randint(1, 20 * _PIXELS), _IDX_HEAD + _PIXELS * _LARGE)
                answer = client.get(address, headers={"Range": f"bytes={start}-{stop - 1}"})
                made, shown = _slice(engine, start, stop)
                equal += answer.content == made
                n_images += shown
    finally:
        engine.close()
        repository.close()
    return {"images": _LARGE, "ranges": n, "shown": n_images, "equal": equal}


def _slice(engine: Engine, start: int, stop: int) -> tuple[bytes, int]:
    """Return bytes of an IDX file behind its head, made from their own seeds alone, and how many images they show."""
    first, last = (start - _IDX_HEAD) // _PIXELS, (stop - _IDX_HEAD - 1) // _PIXELS
    aligned = first - first % 10  # so that the labels are those of the whole
    spec = DatasetSpec(count=last + 1 - aligned, seed=aligned)
    plan = spec.plan(engine.find("digits", None).card, spec.count)
    pixels = asyncio.run(engine.generate(plan)).images.pixels.tobytes()
    offset = _IDX_HEAD + _PIXELS * aligned
    return pixels[start - offset : stop - offset], last + 1 - first


def sequential(rounds: int, n: int) -> dict[str, Any]:
    """Return the images a second of whole files beside those of a stream by POST, which takes turns with them.

    Args:
        rounds: turns of each.
        n: images of each.
    """
    files = [file for file in _FILES if file != "labels.npy"]
    rates: dict[str, list[float]] = {name: [] for name in ("POST /generate, npy", *files, "SHA256SUMS")}
    with _served() as (_, client):
        for turn in range(rounds):
            rates["POST /generate, npy"].append(n / _read_npy(client, n))
            for file in files:
                rates[file].append(n / _read(client, _SPEC.format(n, file))[1])
            spec = _SPEC.format(n, "SHA256SUMS").replace("seed-0", f"seed-{turn + 1}")  # so none is known before
            rates["SHA256SUMS"].append((n + n // 6) / _read(client, spec)[1])
    return {"images": n, "rounds": rounds, "images_per_s": {name: median(each) for name, each in rates.items()}}


def memory(n_images: int) -> dict[str, Any]:
    """Return the memory of the process beside that of the idle one, in MiB, the most while a range is read.

    Args:
        n_images: images in each range, far inside a file of a thousand million.
    """
    with _served() as (service, client):
        idle, rows = pss_mib(service.session), {}
        for file in _FILES:
            address = _SPEC.format(_LARGEST, file)
            size = int(client.head(address).headers["content-length"])
            start = size * 9 // 10
            n_bytes = n_images * (1 if file == "labels.npy" else _PIXELS)
            most = 0.0
            with client.stream("GET", address, headers={"Range": f"bytes={start}-{start + n_bytes - 1}"}) as answer:
                for number, _ in enumerate(answer.raise_for_status().iter_raw()):
                    if number % 100 == 0:
                        most = max(most, pss_mib(service.session))
            rows[file] = max(most, pss_mib(service.session)) - idle
    return {"images": n_images, "idle_mib": idle, "rows": rows}
