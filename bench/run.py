"""Compare all servers in rounds in which each has its turn, so that a change of the machine affects all of them.

python -m bench.run --rounds 3
python -m bench.run --rounds 1 --seconds 1 --only floor service-1 --to /tmp/figures
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from bench import peers, reference, report
from bench.apps.ways import ROOT
from bench.load import LOADS, is_offered, measure
from bench.machine import described, pss_mib
from bench.servers import SERVERS, Running, running

_CHECKED = 16  # pictures that are compared before and after each load
_CHAINS = [
    ("S2", "mlp", 16, 1),
    ("S2", "mlp", 16, 2),
    ("S3", "mlp", 256, 1),
    ("S3", "mlp", 256, 2),
    ("S3 digits", "digits", 256, 1),
    ("S3 digits", "digits", 256, 2),
]
_LIBRARIES = ("fastapi", "uvicorn", "onnxruntime", "numpy", "torch", "pillow")
_GREATEST_DIFFERENCE = 1  # grey levels; PyTorch rounds differently


def main() -> None:
    """Measure, and write figures, plot and tables."""
    given = _parsed()
    names = [name for name in given.only or SERVERS if _is_there(name)]
    figures: dict[str, Any] = {"machine": described("bench.run", *_LIBRARIES), "rounds": []}
    for turn in range(given.rounds):
        measured: dict[str, Any] = {}
        for name in names:
            print(f"round {turn + 1} of {given.rounds}: {name}", file=sys.stderr)
            measured[name] = _measure(name, given.seconds, is_last=turn == given.rounds - 1)
        figures["rounds"].append({"servers": measured, "chains": _chains(given.seconds) if not given.only else {}})
        report.write(figures, given.to)  # after each round, so that an interrupted run leaves what it has


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Put each server under each load, in interleaved rounds.")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server (default: 3)")
    parser.add_argument("--seconds", type=int, default=2, help="length of each load (default: 2)")
    parser.add_argument("--only", nargs="+", choices=SERVERS, metavar="NAME", help=f"some of {', '.join(SERVERS)}")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "benchmarks", help="folder of the results")
    return parser.parse_args()


def _is_there(name: str) -> bool:
    peer = SERVERS[name].peer
    if peer is None or peers.is_installed(peer):
        return True
    print(f"{name}: skipped, since it is not installed: python -m bench.peers install {peer}", file=sys.stderr)
    return False


def _measure(name: str, seconds: int, *, is_last: bool) -> dict[str, Any]:
    """Return the figures of one server's turn: from a cold start, under each load."""
    try:
        with running(SERVERS[name]) as server:
            measured: dict[str, Any] = {
                "cold_start_s": server.cold_start_s,
                "idle_pss_mib": pss_mib(server.session),
                "loads": {},
            }
            for each, load in LOADS.items():
                if is_offered(server, load) and (is_last or load.seconds is None):
                    _check(server)
                    measured["loads"][each] = measure(server, load, seconds)
            _check(server)
            return measured
    except (RuntimeError, OSError, httpx.HTTPError) as error:  # the others must still have their turn
        print(f"{name}: {error}", file=sys.stderr)
        return {"failed": str(error), "loads": {}}


def _check(server: Running) -> None:
    """Raise RuntimeError unless the server gives the right pictures."""
    way = server.server.way
    if way is None:
        return
    seeds = [random.randrange(2**40) for _ in range(_CHECKED)]
    with server.client() as client:
        difference = reference.difference(way, seeds, server.server.pictures(client, seeds))
    if difference > _GREATEST_DIFFERENCE:
        raise RuntimeError(
            f"{server.server.title}: a picture differs by {difference} grey levels; "
            f"at most {_GREATEST_DIFFERENCE} is allowed"
        )


def _chains(seconds: int) -> dict[str, dict[str, float]]:
    """Return images a second without HTTP, by load and number of processes."""
    rates: dict[str, dict[str, float]] = {}
    for load, model, images, processes in _CHAINS:
        options = ["--model", model, "--images", str(images), "--processes", str(processes), "--seconds", str(seconds)]
        command = [sys.executable, "-m", "bench.chain", *options]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        rates.setdefault(load, {})[str(processes)] = json.loads(ended.stdout)["images_per_s"]
    return rates


if __name__ == "__main__":
    main()
