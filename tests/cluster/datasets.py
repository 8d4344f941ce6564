"""A program that executes `dataset --ray` to its end, loses a node, kills it and starts it again.

It writes what happened to a file, which `test_ray` checks.
"""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from os import environ
from pathlib import Path
from typing import Any

from tests.cluster.nodes import nodes, report, wait_until
from tests.processes import ROOT, cpu_s

N_SHARDS, SHARD_IMAGES = 40, 1000
_N_EARLY = 4  # shards that exist before something dies


def command(folder: Path, *more: str) -> list[str]:
    """Return the command that fills a folder."""
    count = f"--count={N_SHARDS * SHARD_IMAGES - 70}"  # the last shard is smaller
    shards = f"--shard-images={SHARD_IMAGES}"
    return [sys.executable, "-m", "digitgan", "dataset", count, shards, f"--output={folder}/", "--json", *more]


def start(folder: Path, address: str) -> "subprocess.Popen[str]":
    """Start filling a folder on a cluster."""
    environment = environ | {"RAY_ADDRESS": address}
    return subprocess.Popen(command(folder, "--ray"), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for_end(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the exit status and the output of a command."""
    printed, _ = process.communicate()
    return {"status": process.returncode, "printed": printed}


def shards(folder: Path) -> list[Path]:
    """Return the shards in a folder."""
    return sorted(folder.glob("train-*"))


def sums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file in a folder."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def run_steps(folder: Path) -> Iterator[tuple[str, Any]]:
    """Execute all steps, and yield the name and the result of each."""
    here, lost, killed = folder / "here", folder / "lost", folder / "killed"
    since = time.monotonic()
    subprocess.run(command(here), cwd=ROOT, check=True)
    yield "here", {"took_s": time.monotonic() - since, "sums": sums(here)}

    with nodes(num_cpus=1) as cluster:
        doomed = cluster.join(num_cpus=1)
        since = time.monotonic()
        filling = start(lost, cluster.address)
        wait_until(lambda: len(shards(lost)) >= _N_EARLY)
        worked_s = sum(cpu_s(pid) for pid in cluster.processes(doomed))
        n_before = len(shards(lost))
        cluster.kill(doomed)
        result = wait_for_end(filling)
        took_s = time.monotonic() - since
        yield "lost", {"worked_s": worked_s, "before": n_before, "took_s": took_s, **result, "sums": sums(lost)}

        cluster.join(num_cpus=1)
        filling = start(killed, cluster.address)
        wait_until(lambda: len(shards(killed)) >= _N_EARLY)
        filling.send_signal(signal.SIGKILL)
        first = wait_for_end(filling)
        there = {each.name: each.stat().st_mtime_ns for each in shards(killed)}
        second = wait_for_end(start(killed, cluster.address))
        now = {each.name: each.stat().st_mtime_ns for each in shards(killed)}
        untouched = sum(now[name] == then for name, then in there.items())
        yield (
            "killed",
            {
                "ended_by": -first["status"],
                "before": len(there),
                "untouched": untouched,
                **second,
                "sums": sums(killed),
            },
        )


if __name__ == "__main__":
    report(run_steps(Path(sys.argv[1]).parent), Path(sys.argv[1]))
