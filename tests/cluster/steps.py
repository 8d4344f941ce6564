"""A program that starts a cluster and does to it what `datasets` and `serving` say.

It reads the requests and the nodes' variables from stdin, and writes what happened to a file, which `test_ray` checks.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from tests.cluster import datasets, serving
from tests.cluster.machines import SWITCH_ADDRESS, switch_on
from tests.cluster.nodes import Cluster
from tests.cluster.storage import CREDENTIALS, storing


def run_steps(given: dict[str, Any], venv: Path, moto_python: Path, folder: Path) -> Iterator[tuple[str, Any]]:
    """Execute all steps, and yield the name and the result of each."""
    switch_on()
    cluster = Cluster(venv, folder, given["variables"] | CREDENTIALS)
    with storing(moto_python, SWITCH_ADDRESS, 5000, log=folder / "storage.log") as storage:
        yield from datasets.run_steps(cluster, storage, folder)
    yield from serving.run_steps(cluster, given["requests"], folder)


if __name__ == "__main__":
    venv, moto_python, report = map(Path, sys.argv[1:])
    results, started = {}, monotonic()
    for step, result in run_steps(json.load(sys.stdin), venv, moto_python, report.parent):
        results[step] = result
        print(f"{monotonic() - started:.0f} s, {step}: {result}"[:1000], flush=True)
    report.write_text(json.dumps(results))
