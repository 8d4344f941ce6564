"""Knows what is done to the service on a Ray cluster, from the first deployment to the last node that dies.

Does not know what should come of it. A program: it reads requests from stdin, and writes what happened to a file.
"""

import base64
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import yaml

from tests.cluster.nodes import Nodes, nodes, wait_until
from tests.load import Tally, load
from tests.processes import ROOT, cpu_s

URL = "http://127.0.0.1:8000"
N_CLIENTS, N_MORE_CLIENTS = 4, 16
_SEEDS = 100
_SOME = 200  # answers that show that things go on


class Deployment:
    """The service as one of the files in `deploy/ray/` has it, on a cluster."""

    def __init__(self, cluster: Nodes, folder: Path) -> None:
        self._cluster = cluster
        self._file = folder / "serve.yaml"

    def deploy(self, name: str, provider: str | None = None, **changes: Any) -> str:
        """Deploy a file, changed where one machine plays several; return how that ended.

        Args:
            name: of the file.
            provider: instead of the file's.
            changes: of its way to scale.
        """
        wanted = yaml.safe_load((ROOT / "deploy" / "ray" / name).read_text())
        wanted["proxy_location"] = "HeadOnly"  # all nodes have the same address here, and so the same port 8000
        [application] = wanted["applications"]
        settings = application["runtime_env"]["env_vars"]
        settings["DIGITGAN_MODELS_DIR"] = str(ROOT / "exported")
        if provider:
            settings["DIGITGAN_PROVIDER"] = provider
        application["deployments"][0]["autoscaling_config"] |= changes
        self._file.write_text(yaml.safe_dump(wanted))
        serve = Path(sys.executable).with_name("serve")
        subprocess.run([serve, "deploy", self._file, "--address", self._cluster.dashboard], check=True)
        wait_until(lambda: self._status()["status"] in ("RUNNING", "DEPLOY_FAILED"))
        return str(self._status()["status"])

    def replicas(self) -> dict[int, str]:
        """Return the processes that answer, and the node of each."""
        replicas = self._status()["deployments"]["digits"]["replicas"]
        return {each["pid"]: each["node_id"] for each in replicas if each["state"] == "RUNNING"}

    def replicas_beside(self, node: str) -> int:
        """Return how many answer on other nodes than this one."""
        return sum(where != node for where in self.replicas().values())

    def _status(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {os.environ['RAY_AUTH_TOKEN']}"}
        answer = httpx.get(f"{self._cluster.dashboard}/api/serve/applications/", headers=headers, timeout=60)
        status: dict[str, Any] = answer.raise_for_status().json()["applications"]["digitgan"]
        return status


class Loaded:
    """What clients see while something happens: `tally`, and when each answer came and how long it took, in seconds."""

    def __init__(self, n_clients: int) -> None:
        self.n_clients = n_clients
        self.tally = Tally()
        self.answers: list[tuple[float, float]] = []
        self.slowest_failure_s = 0.0

    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        moments = [moment for moment, _ in self.answers]
        return {
            "n_clients": self.n_clients,
            "answered": self.tally.answered,
            "failures": self.tally.failures,
            "longest_gap_s": max(after - before for before, after in itertools.pairwise(moments)),
            "slowest_answer_s": max(took for _, took in self.answers),
            "slowest_failure_s": self.slowest_failure_s,
        }


def pictures(n: int) -> dict[int, bytes]:
    """Return the pictures of seeds, while nothing is wrong."""
    return {seed: httpx.get(f"{URL}/images/{seed}.png").raise_for_status().content for seed in range(n)}


@contextmanager
def loaded(expected: dict[int, bytes], n_clients: int) -> Iterator[Loaded]:
    """Ask for pictures without a pause, once each, while the block runs; a picture that is another has failed."""
    seen, seeds, adding = Loaded(n_clients), itertools.cycle(expected), threading.Lock()

    def ask(client: httpx.Client) -> httpx.Response:
        with adding:
            seed = next(seeds)
        started = monotonic()
        try:
            answer = client.get(f"/images/{seed}.png")
            assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
            assert answer.content == expected[seed], "another picture"
        except Exception:
            seen.slowest_failure_s = max(seen.slowest_failure_s, monotonic() - started)
            raise
        seen.answers.append((monotonic(), monotonic() - started))
        return answer

    with load(URL, ask, n_clients) as seen.tally:
        yield seen


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of one request."""
    answer = httpx.request(**request | {"url": URL + request["url"]}, timeout=60)
    return {
        "status": answer.status_code,
        "type": answer.headers.get("content-type"),
        "etag": answer.headers.get("etag"),
        "body": base64.b64encode(answer.content).decode(),
    }


def happened(requests: list[dict[str, Any]], folder: Path) -> Iterator[tuple[str, Any]]:
    """Do it all, and yield what came of each step.

    Args:
        requests: answered at first.
        folder: for files.
    """
    with nodes(num_cpus=2) as cluster:
        silent = cluster.join(num_cpus=2)
        service = Deployment(cluster, folder)
        sooner: dict[str, Any] = {
            "target_ongoing_requests": 2,
            "upscale_delay_s": 2,
            "downscale_delay_s": 5,
            "max_replicas": 4,
        }
        yield "deployed", service.deploy("serve.yaml", **sooner)
        yield "answers", [answered(request) for request in requests]
        expected = pictures(_SEEDS)

        with loaded(expected, N_CLIENTS) as seen:
            worked_s = _worked_s(service, seen, silent.node_id)
            cluster.silence(silent)
            took_s = wait_until(lambda: service.replicas_beside(silent.node_id) == 2)
            _go_on(seen)
        yield "silenced", {"worked_s": worked_s, "two_replicas_after_s": took_s, **seen.told()}

        cluster.kill(silent)
        doomed = cluster.join(num_cpus=2)
        with loaded(expected, N_MORE_CLIENTS) as seen:
            took_s = wait_until(lambda: len(service.replicas()) == 4)
            _go_on(seen)
        yield "grown", {"four_replicas_after_s": took_s, **seen.told()}

        with loaded(expected, N_MORE_CLIENTS) as seen:
            worked_s = _worked_s(service, seen, doomed.node_id)
            cluster.kill(doomed)
            _go_on(seen)
            with_gpu = cluster.join(num_cpus=4, num_gpus=1)
            took_s = wait_until(lambda: service.replicas_beside(doomed.node_id) == 4)
            _go_on(seen)
        yield "killed", {"worked_s": worked_s, "four_replicas_after_s": took_s, **seen.told()}

        with loaded(expected, 1) as seen:
            took_s = wait_until(lambda: len(service.replicas()) == 2)
            _go_on(seen)
        yield "shrunk", {"two_replicas_after_s": took_s, **seen.told()}

        deployed = service.deploy("gpu.yaml", provider="cpu")
        where = list(service.replicas().values())
        yield "fractions", {"deployed": deployed, "replicas": len(where), "on_gpu": where.count(with_gpu.node_id)}


def _worked_s(service: Deployment, seen: Loaded, node: str) -> float:
    """Return the processor seconds that a node's replicas need while some requests are answered."""
    before = {pid: cpu_s(pid) for pid, where in service.replicas().items() if where == node}
    _go_on(seen)
    return sum(cpu_s(pid) - then for pid, then in before.items())


def _go_on(seen: Loaded) -> None:
    before = seen.tally.answered
    wait_until(lambda: seen.tally.answered >= before + _SOME)


if __name__ == "__main__":
    [report] = map(Path, sys.argv[1:])
    told = {}
    for step, what in happened(json.load(sys.stdin), report.parent):
        told[step] = what
        print(f"{step}: {what}"[:1000], flush=True)
    report.write_text(json.dumps(told))
