"""Knows what is done to the service on a Ray cluster of two nodes, from the first deployment to the death of a node.

Does not know what should come of it. A program: it reads requests from stdin, and writes what happened to a file.
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
_SOME = 200  # answers that show that things go on
_GROWING = {"target_ongoing_requests": 1, "upscale_delay_s": 1, "max_replicas": N_REPLICAS}


class Deployment:
    """The service as one of the files in `deploy/ray/` has it, on a cluster."""

    def __init__(self, cluster: Nodes, folder: Path) -> None:
        self._cluster = cluster
        self._file = folder / "serve.yaml"

    def deploy(self, name: str, scaling: dict[str, Any], **settings: str) -> str:
        """Deploy a file, changed where one machine plays several; return how that ended.

        Args:
            name: of the file.
            scaling: what it is to say of scaling instead.
            settings: of the service, instead of the file's.
        """
        wanted = yaml.safe_load((ROOT / "deploy" / "ray" / name).read_text())
        wanted["proxy_location"] = "HeadOnly"  # all nodes have the same address here, and so the same port 8000
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
        """Return how many replicas there are that answer."""
        deployed = serve.status().applications["digitgan"].deployments["digits"]
        return int(deployed.replica_states.get("RUNNING", 0))

    def replicas_of(self, node: Any) -> list[int]:
        """Return the processes of a node that answer or will, or did until a moment ago."""
        return [pid for pid in self._cluster.processes(node) if title(pid).startswith("ray::ServeReplica:")]

    def _status(self) -> str:
        return str(serve.status().applications["digitgan"].status.value)


class Loaded:
    """What clients see while something happens: `tally`, and when each answer came, in seconds."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.answered_at: list[float] = []

    def go_on(self) -> None:
        """Wait until some more requests have been answered."""
        before = self.tally.answered
        wait_until(lambda: self.tally.answered >= before + _SOME)

    def told(self, **more: Any) -> dict[str, Any]:
        """Return it as JSON has it."""
        longest_gap_s = max(after - before for before, after in itertools.pairwise(self.answered_at))
        return {
            "answered": self.tally.answered,
            "failures": self.tally.failures,
            "longest_gap_s": longest_gap_s,
            **more,
        }


@contextmanager
def loaded(expected: dict[int, bytes]) -> Iterator[Loaded]:
    """Ask for pictures without a pause, once each, while the block runs; a picture that is another has failed."""
    seen, seeds, one_at_a_time = Loaded(), itertools.cycle(expected), threading.Lock()

    def ask(client: httpx.Client) -> httpx.Response:
        with one_at_a_time:
            seed = next(seeds)
        answer = client.get(f"/images/{seed}.png")
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        assert answer.content == expected[seed], "another picture"
        with one_at_a_time:
            seen.answered_at.append(monotonic())
        return answer

    with load(URL, ask, N_CLIENTS) as seen.tally:
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
    with nodes(num_cpus=1) as cluster:
        doomed = cluster.join(num_cpus=2)  # and so two of three replicas
        service = Deployment(cluster, folder)
        yield "deployed", service.deploy("serve.yaml", _GROWING)
        yield "answers", [answered(request) for request in requests]
        expected = {seed: httpx.get(f"{URL}/images/{seed}.png").raise_for_status().content for seed in range(_SEEDS)}

        with loaded(expected) as seen:
            took_s = wait_until(lambda: service.n_replicas() == N_REPLICAS)
            seen.go_on()
        yield "grown", seen.told(took_s=took_s)

        with loaded(expected) as seen:
            there = service.replicas_of(doomed)
            before_s = sum(map(cpu_s, there))
            seen.go_on()
            worked_s = sum(map(cpu_s, there)) - before_s
            cluster.kill(doomed)
            seen.go_on()
            with_gpu = cluster.join(num_cpus=2, num_gpus=1)
            took_s = wait_until(lambda: service.replicas_of(with_gpu) and service.n_replicas() == N_REPLICAS)
            seen.go_on()
        yield "killed", seen.told(took_s=took_s, worked_s=worked_s, died=len(there))

        deployed = service.deploy("gpu.yaml", {"min_replicas": 2}, DIGITGAN_PROVIDER="cpu")
        yield "fractions", {"deployed": deployed, "on_gpu": len(service.replicas_of(with_gpu))}


if __name__ == "__main__":
    report(happened(json.load(sys.stdin), Path(sys.argv[1]).parent), Path(sys.argv[1]))
