"""Knows what is done to `dataset --ray`: it runs to its end, loses a node, is killed and begun again.

Does not know what should come of it. A program: it writes what happened to a file.
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
_BEGUN = 4  # shards


def command(folder: Path, *more: str) -> list[str]:
    """Return the command that fills a folder."""
    count = f"--count={N_SHARDS * SHARD_IMAGES - 70}"  # the last shard is smaller
    shards = f"--shard-images={SHARD_IMAGES}"
    return [sys.executable, "-m", "digitgan", "dataset", count, shards, f"--output={folder}/", "--json", *more]


def started(folder: Path, address: str) -> "subprocess.Popen[str]":
    """Start filling a folder on a cluster."""
    environment = environ | {"RAY_ADDRESS": address}
    return subprocess.Popen(command(folder, "--ray"), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what a command printed."""
    printed, _ = process.communicate()
    return {"status": process.returncode, "printed": printed}


def shards(folder: Path) -> list[Path]:
    """Return the shards that a folder has."""
    return sorted(folder.glob("train-*"))


def sums(folder: Path) -> dict[str, str]:
    """Return a checksum of everything in a folder."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def happened(folder: Path) -> Iterator[tuple[str, Any]]:
    """Do it all, and yield what came of each step."""
    here, lost, killed = folder / "here", folder / "lost", folder / "killed"
    since = time.monotonic()
    subprocess.run(command(here), cwd=ROOT, check=True)
    yield "here", {"took_s": time.monotonic() - since, "sums": sums(here)}

    with nodes(num_cpus=1) as cluster:
        doomed = cluster.join(num_cpus=1)
        since = time.monotonic()
        filling = started(lost, cluster.address)
        wait_until(lambda: len(shards(lost)) >= _BEGUN)
        worked_s = sum(cpu_s(pid) for pid in cluster.processes(doomed))
        n_before = len(shards(lost))
        cluster.kill(doomed)
        told = ended(filling)
        took_s = time.monotonic() - since
        yield "lost", {"worked_s": worked_s, "before": n_before, "took_s": took_s, **told, "sums": sums(lost)}

        cluster.join(num_cpus=1)
        filling = started(killed, cluster.address)
        wait_until(lambda: len(shards(killed)) >= _BEGUN)
        filling.send_signal(signal.SIGKILL)
        first = ended(filling)
        there = {each.name: each.stat().st_mtime_ns for each in shards(killed)}
        second = ended(started(killed, cluster.address))
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
    report(happened(Path(sys.argv[1]).parent), Path(sys.argv[1]))
