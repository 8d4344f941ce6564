"""Plan how many replicas a load needs: measure what work costs, check the simulation against real runs, then plan.

Costs are processor time, on which other programs of the machine have little influence. They do slow requests down, so
for the checks all costs are scaled by the time that a lone request takes. Each real worker gets a processor of its own,
as each simulated one has. Otherwise a run would overlap with finishing the request before it. If a check fails, there
is no plan, and the command ends with status 1.

    python -m bench.capacity --mix 1:0.6 16:0.3 256:0.1 --p99-ms 250
"""

import argparse
import asyncio
import json
import math
import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, process_time

from bench.apps.ways import ROOT
from bench.machine import spent
from bench.servers import Running, Server, running
from bench.simulation import BATCH_IMAGES, Costs, Mix, quantile, simulate
from digitgan.contract.words import counted
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import Plan
from digitgan.engine.repository import Repository
from digitgan.engine.source import Seeds

_MODEL = "digits"
_USE = 0.5  # share of the replicas' time that is used in the checks
_ROOM = 1.05  # ratio of two numbers of replicas that are tried one after the other
_MOST_BUSY = 0.8  # share of its time that a replica works in the plan: no real load is as even as a simulated one
_LONG_ENOUGH_S = 5.0  # for a growing queue to become visible
# Ratios of real and simulated figures of a check. On a quiet machine that of p99, which decides the plan, was 1.3. That
# of p50 was 1.6, since a simulated answer takes no time of the kernel and the client.
_MOST_OFF = {"p50": 2.5, "p99": 1.5}
_RATES = (1_000, 10_000, 100_000, 1_000_000)  # images a second


@dataclass(frozen=True)
class Check:
    """Seconds that requests took under the same load: p50 and p99 of real and of simulated workers."""

    workers: int
    requests_per_s: float
    real: tuple[float, float]
    simulated: tuple[float, float]

    @property
    def off(self) -> dict[str, float]:
        """How far each simulated figure is from the real one: a ratio, at least 1."""
        ratios = (simulated / real for simulated, real in zip(self.simulated, self.real, strict=True))
        return {name: max(ratio, 1 / ratio) for name, ratio in zip(("p50", "p99"), ratios, strict=True)}


def main() -> None:
    """Print costs, checks and plan as tables; end with status 1 and no plan if a check fails."""
    parser = argparse.ArgumentParser(description="Plan the replicas of a load by measured costs and simulation.")
    parser.add_argument(
        "--mix", nargs="+", type=_share, default=[(1, 0.6), (16, 0.3), (256, 0.1)], metavar="IMAGES:SHARE"
    )
    parser.add_argument("--p99-ms", type=float, default=250.0, help="limit for 99 of 100 requests (default: 250)")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each real run (default: 15)")
    given = parser.parse_args()
    mix = dict(given.mix)
    costs, slowed = _measured()
    in_ms = (costs.run_s, costs.row_s, costs.request_s, costs.image_s)
    print("| milliseconds of | a run | a row in it | a request | an image in its answer |\n|---|---|---|---|---|")
    print(f"| one processor, `{_MODEL}` | {' | '.join(f'{seconds * 1e3:.3f}' for seconds in in_ms)} |\n")
    print(f"A lone request takes {slowed:.1f} times that here; so do the simulated ones of the next table.\n")
    checks = [_check(workers, costs.times(slowed), mix, given.seconds) for workers in (1, 2)]
    _print_checks(checks)
    refuse(checks)
    _print_plan(costs, mix, given.p99_ms / 1e3)


def refuse(checks: Sequence[Check]) -> None:
    """End the program with status 1 if a check shows that a plan made here would be wrong."""
    for check in checks:
        for name, off in check.off.items():
            if off > _MOST_OFF[name]:
                raise SystemExit(
                    f"no plan: with {counted(check.workers, 'worker')}, the real and the simulated {name} differ by a "
                    f"factor of {off:.1f}; at most {_MOST_OFF[name]} is accepted. Run this on a machine that no one "
                    "else uses"
                )


def _share(text: str) -> tuple[int, float]:
    images, _, share = text.partition(":")
    return int(images), float(share)


def _measured() -> tuple[Costs, float]:
    """Return what work costs a processor, and by what factor other programs slow it down here."""
    load = partial(OnnxBackend, provider="cpu", threads=1, batch_images=BATCH_IMAGES)
    [generator] = [each for each in Repository(ROOT / "exported", load).load() if each.card.model == _MODEL]
    assert isinstance(generator, OnnxBackend)
    one_s, full_s = (_run_s(generator, images) for images in (1, BATCH_IMAGES))
    row_s = (full_s - one_s) / (BATCH_IMAGES - 1)
    many = 4 * BATCH_IMAGES
    with _workers(1) as server:
        lone_s, lone_took_s = _request_s(server, 1, calls=200)
        many_s, many_took_s = _request_s(server, many, calls=40)
    request_s = max(0.0, lone_s - one_s)
    image_s = max(0.0, (many_s - 4 * full_s - request_s) / many)
    slowed = (lone_took_s + many_took_s) / (lone_s + many_s)
    return Costs(max(0.0, one_s - row_s), row_s, request_s, image_s), slowed


def _run_s(generator: OnnxBackend, images: int) -> float:
    """Return the processor seconds of one run."""
    rows = Plan(source=Seeds(range(images))).rows(0, images, generator.card.latent_size)
    taken = []
    for _ in range(60):
        started = process_time()
        generator.run(rows)
        taken.append(process_time() - started)
    return median(taken)


def _request_s(server: Running, images: int, calls: int) -> tuple[float, float]:
    """Return the processor seconds and the elapsed seconds of a lone request, sent as in the checks."""

    async def ask(times: int) -> float:
        return sum([await _ask_alone(server.port, images) for _ in range(times)])

    asyncio.run(ask(1))
    before = spent(server.session)
    took_s = asyncio.run(ask(calls))
    return (spent(server.session) - before).session_s / calls, took_s / calls


@contextmanager
def _workers(n: int) -> Iterator[Running]:
    """Run a service of n workers on n processors."""
    limits = ("--threads", "1", "--workers", str(n), "--drain-s", "0", "--default-model", _MODEL)
    server = Server(f"{n} workers", ("-m", "digitgan", "serve", "--port", "{port}", *limits), "project")
    granted = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(granted)[:n])  # child processes inherit it
    try:
        with running(server) as started:
            os.sched_setaffinity(0, granted)
            yield started
    finally:
        os.sched_setaffinity(0, granted)


def _check(workers: int, costs: Costs, mix: Mix, seconds: float) -> Check:
    """Put real and simulated workers under the same load."""
    rate = workers * _USE / costs.of(mix)
    with _workers(workers) as server:
        real = sorted(asyncio.run(_put_under(server, mix, rate, seconds)))
    simulated = simulate(costs, mix, replicas=workers, requests_per_s=rate, n_requests=20_000, balance="random")
    return Check(workers, rate, _p50_and_p99(real), _p50_and_p99(simulated))


def _p50_and_p99(rising: Sequence[float]) -> tuple[float, float]:
    return quantile(rising, 0.5), quantile(rising, 0.99)


def _print_checks(checks: Sequence[Check]) -> None:
    print("| workers | requests a second | real p50, ms | simulated | error | real p99, ms | simulated | error |")
    print("|---|---|---|---|---|---|---|---|")
    for check in checks:
        cells = [
            f"{was * 1e3:.0f} | {expected * 1e3:.0f} | {expected / was - 1:+.0%}"
            for was, expected in zip(check.real, check.simulated, strict=True)
        ]
        print(f"| {check.workers} | {check.requests_per_s:.0f} | {' | '.join(cells)} |")
    print()


async def _put_under(server: Running, mix: Mix, requests_per_s: float, seconds: float) -> list[float]:
    """Return the seconds of requests that were sent without waiting for earlier ones, each on its own connection."""
    chance, ends = random.Random(2), perf_counter() + seconds
    waiting: list[asyncio.Task[float]] = []
    while perf_counter() < ends:
        [images] = chance.choices(list(mix), list(mix.values()))
        waiting.append(asyncio.create_task(_ask_alone(server.port, images)))
        await asyncio.sleep(chance.expovariate(requests_per_s))
    return list(await asyncio.gather(*waiting))


async def _ask_alone(port: int, images: int) -> float:
    started, content = perf_counter(), json.dumps({"count": images}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "POST /generate HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:200].decode())
    return perf_counter() - started


def _print_plan(costs: Costs, mix: Mix, p99_s: float) -> None:
    """Print for each rate the fewest replicas, of one processor each, that keep the limit."""
    of_request = sum(images * share for images, share in mix.items())
    print("| images a second | requests a second | replicas | p99, ms | processor hours a million images |")
    print("|---|---|---|---|---|")
    for images_per_s in _RATES:
        rate = images_per_s / of_request
        replicas = math.ceil(rate * costs.least_of(mix) / _MOST_BUSY)
        while (p99 := _p99_s(costs, mix, replicas, rate)) > p99_s:
            print(f"{images_per_s} images a second: {replicas} give a p99 of {p99 * 1e3:.0f} ms", file=sys.stderr)
            replicas = max(replicas + 1, int(replicas * _ROOM))
        hours = replicas / images_per_s * 1e6 / 3600
        print(f"| {images_per_s:,} | {rate:,.0f} | {replicas:,} | {p99 * 1e3:.0f} | {hours:.2f} |")


def _p99_s(costs: Costs, mix: Mix, replicas: int, requests_per_s: float) -> float:
    n_requests = max(10_000, int(_LONG_ENOUGH_S * requests_per_s))
    return quantile(simulate(costs, mix, replicas=replicas, requests_per_s=requests_per_s, n_requests=n_requests), 0.99)


if __name__ == "__main__":
    main()
