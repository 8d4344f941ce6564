"""What happens to `dataset --ray`: it waits for a node, is killed and started again, and loses a node."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.cluster.nodes import Cluster, as_operator, wait_until
from tests.cluster.storage import Storage
from tests.processes import children, cpu_s

N_SHARDS, SHARD_IMAGES = 24, 1000
_N_EARLY = 4  # shards that exist before something dies


def command(folder: Path | str, *more: str) -> str:
    """Return the command that fills a folder."""
    count = f"--count {N_SHARDS * SHARD_IMAGES - 70}"  # the last shard is smaller
    return " ".join(["python -m digitgan dataset", count, f"--shard-images {SHARD_IMAGES} --json -o {folder}/", *more])


def address(cluster: Cluster) -> str:
    """Return the setting that names a cluster."""
    return f"RAY_ADDRESS={cluster.head.address}:6379"


def start(cluster: Cluster, folder: Path | str, where: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start filling a folder on a cluster, with variables that only the command has."""
    variables = " ".join([address(cluster), *(f"{name}={value}" for name, value in (where or {}).items())])
    return cluster.head.start(as_operator(f"export {variables}\nexec {command(folder, '--ray')}"))


def wait_for_end(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the exit status and the output of a command."""
    printed, errors = process.communicate()
    return {"status": process.returncode, "printed": printed, "errors": errors}


def wait_for_note(process: "subprocess.Popen[str]") -> str:
    """Return the first line on stderr that says that the command waits."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if "waited" in line:
            return line
    raise AssertionError("".join(lines))


def shards(folder: Path) -> list[Path]:
    """Return the shards in a folder."""
    return sorted(folder.glob("train-*"))


def sums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file in a folder."""
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def run_steps(cluster: Cluster, storage: Storage, folder: Path) -> Iterator[tuple[str, Any]]:
    """Execute all steps on a cluster without nodes but the head, and yield the name and the result of each."""
    here, killed, lost = folder / "here", folder / "killed", folder / "lost"
    since = time.monotonic()
    cluster.head.run(command(here))
    yield "here", {"took_s": time.monotonic() - since, "sums": sums(here)}
    yield "stranger", wait_for_end(cluster.head.start(f"{address(cluster)} {command(lost, '--ray')}"))

    filling = start(cluster, killed)
    yield "waiting", wait_for_note(filling)
    cluster.join("--num-cpus 2")
    wait_until(lambda: len(shards(killed)) >= _N_EARLY)
    [pid] = children(filling.pid)
    os.kill(pid, signal.SIGKILL)
    first = wait_for_end(filling)
    there = {each.name: each.stat().st_mtime_ns for each in shards(killed)}
    second = wait_for_end(start(cluster, killed))
    now = {each.name: each.stat().st_mtime_ns for each in shards(killed)}
    untouched = sum(now[name] == then for name, then in there.items())
    before = {"ended_by": -first["status"], "before": len(there), "untouched": untouched}
    yield "killed", {**before, **second, "sums": sums(killed)}

    yield "stored", store(cluster, storage)

    doomed = cluster.join("--num-cpus 1")
    idle_s = doomed.total(cpu_s)
    since = time.monotonic()
    filling = start(cluster, lost)
    wait_until(lambda: len(shards(lost)) >= _N_EARLY)
    worked_s = doomed.total(cpu_s) - idle_s
    n_before = len(shards(lost))
    doomed.kill()
    result = wait_for_end(filling)
    took_s = time.monotonic() - since
    yield "lost", {"worked_s": worked_s, "before": n_before, "took_s": took_s, **result, "sums": sums(lost)}


def store(cluster: Cluster, storage: Storage) -> dict[str, Any]:
    """Fill a folder of object storage, whose address the nodes get from the command alone, and kill it once."""
    filling = start(cluster, "s3://bucket/stored", storage.where)
    wait_until(lambda: len(storage.shards("stored")) >= _N_EARLY)
    [pid] = children(filling.pid)
    os.kill(pid, signal.SIGKILL)
    wait_for_end(filling)
    n_before = len(storage.shards("stored"))
    result = wait_for_end(start(cluster, "s3://bucket/stored", storage.where))
    return {"before": n_before, **result, "writers": storage.writers("stored"), "sums": storage.sums("stored")}
