"""A program that deploys the service on a Ray cluster of two nodes, puts it under load and kills a node.

It reads requests from stdin and writes what happened to a file, which `test_ray` checks.
"""

import base64
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import ray
import yaml
from ray import serve

from tests.cluster.nodes import Nodes, nodes, report, title, wait_until
from tests.load import Tally, load
from tests.processes import ROOT, cpu_s

URL = "http://127.0.0.1:8000"
N_CLIENTS, N_REPLICAS = 6, 3
_SEEDS = 100
_N_MORE = 200  # answers that show that the service goes on
_GROWING = {"target_ongoing_requests": 1, "upscale_delay_s": 1, "max_replicas": N_REPLICAS}


class Deployment:
    """The service on a cluster, deployed by a file from `deploy/ray/`."""

    def __init__(self, cluster: Nodes, folder: Path) -> None:
        self._cluster = cluster
        self._file = folder / "serve.yaml"

    def deploy(self, name: str, scaling: dict[str, Any], **settings: str) -> str:
        """Deploy a file, adapted to nodes on one machine, and return the status of the deployment.

        Args:
            name: the name of the file.
            scaling: options of autoscaling that replace the file's.
            settings: settings of the service that replace the file's.
        """
        wanted = yaml.safe_load((ROOT / "deploy" / "ray" / name).read_text())
        wanted["proxy_location"] = "HeadOnly"  # all nodes share one address here, and so the port 8000
        [application] = wanted["applications"]
        application["runtime_env"]["env_vars"] |= {"DIGITGAN_MODELS_DIR": str(ROOT / "exported"), **settings}
        application["deployments"][0]["autoscaling_config"] |= scaling
        self._file.write_text(yaml.safe_dump(wanted))
        command = Path(sys.executable).with_name("serve")
        subprocess.run([command, "run", "--non-blocking", "--address", self._cluster.address, self._file], check=True)
        ray.init(self._cluster.address, namespace="serve", ignore_reinit_error=True, log_to_driver=False)
        wait_until(lambda: self._status() in ("RUNNING", "DEPLOY_FAILED"))
        return self._status()

    def n_replicas(self) -> int:
        """Return the number of replicas that answer."""
        deployed = serve.status().applications["digitgan"].deployments["digits"]
        return int(deployed.replica_states.get("RUNNING", 0))

    def replicas_of(self, node: Any) -> list[int]:
        """Return the replica processes of a node, including those that start or stop."""
        return [pid for pid in self._cluster.processes(node) if title(pid).startswith("ray::ServeReplica:")]

    def _status(self) -> str:
        return str(serve.status().applications["digitgan"].status.value)


class Observation:
    """What clients see during a step: their `tally`, and when each answer arrived, in seconds."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.answered_at: list[float] = []

    def wait_for_more(self) -> None:
        """Wait until some more requests have been answered."""
        before = self.tally.answered
        wait_until(lambda: self.tally.answered >= before + _N_MORE)

    def summarise(self, **more: Any) -> dict[str, Any]:
        """Return a summary for JSON."""
        longest_gap_s = max(after - before for before, after in itertools.pairwise(self.answered_at))
        return {
            "answered": self.tally.answered,
            "failures": self.tally.failures,
            "longest_gap_s": longest_gap_s,
            **more,
        }


@contextmanager
def under_load(expected: dict[int, bytes]) -> Iterator[Observation]:
    """Request pictures without a pause while the block runs; a wrong picture counts as a failure."""
    seen, seeds, lock = Observation(), itertools.cycle(expected), threading.Lock()

    def ask(client: httpx.Client) -> httpx.Response:
        with lock:
            seed = next(seeds)
        answer = client.get(f"/images/{seed}.png")
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        assert answer.content == expected[seed], "a wrong picture"
        with lock:
            seen.answered_at.append(monotonic())
        return answer

    with load(URL, ask, N_CLIENTS) as seen.tally:
        yield seen


def send(request: dict[str, Any]) -> dict[str, Any]:
    """Send a request, and return the answer."""
    answer = httpx.request(**request | {"url": URL + request["url"]}, timeout=60)
    return {
        "status": answer.status_code,
        "type": answer.headers.get("content-type"),
        "etag": answer.headers.get("etag"),
        "body": base64.b64encode(answer.content).decode(),
    }


def run_steps(requests: list[dict[str, Any]], folder: Path) -> Iterator[tuple[str, Any]]:
    """Execute all steps, and yield the name and the result of each.

    Args:
        requests: the requests to answer first.
        folder: where to write files.
    """
    with nodes(num_cpus=1) as cluster:
        doomed = cluster.join(num_cpus=2)  # and with them two of the three replicas
        service = Deployment(cluster, folder)
        yield "deployed", service.deploy("serve.yaml", _GROWING)
        yield "answers", [send(request) for request in requests]
        expected = {seed: httpx.get(f"{URL}/images/{seed}.png").raise_for_status().content for seed in range(_SEEDS)}

        with under_load(expected) as seen:
            took_s = wait_until(lambda: service.n_replicas() == N_REPLICAS)
            seen.wait_for_more()
        yield "grown", seen.summarise(took_s=took_s)

        with under_load(expected) as seen:
            there = service.replicas_of(doomed)
            before_s = sum(map(cpu_s, there))
            seen.wait_for_more()
            worked_s = sum(map(cpu_s, there)) - before_s
            cluster.kill(doomed)
            seen.wait_for_more()
            with_gpu = cluster.join(num_cpus=2, num_gpus=1)
            took_s = wait_until(lambda: service.replicas_of(with_gpu) and service.n_replicas() == N_REPLICAS)
            seen.wait_for_more()
        yield "killed", seen.summarise(took_s=took_s, worked_s=worked_s, died=len(there), clients=N_CLIENTS)

        deployed = service.deploy("gpu.yaml", {"min_replicas": 2}, DIGITGAN_PROVIDER="cpu")
        yield "fractions", {"deployed": deployed, "on_gpu": len(service.replicas_of(with_gpu))}


if __name__ == "__main__":
    report(run_steps(json.load(sys.stdin), Path(sys.argv[1]).parent), Path(sys.argv[1]))
