"""What happens to the service on a cluster: it answers on each node, grows, loses a node, and shares a GPU."""

import base64
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import yaml

from tests.cluster.machines import Machine
from tests.cluster.nodes import Cluster, documented, wait_until
from tests.load import Tally, load
from tests.processes import ROOT, cpu_s, pss_kib

N_CLIENTS, N_REPLICAS = 6, 3
_REPLICA = "ray::ServeReplica:"  # how the title of its process begins
_SEEDS = 100
_N_MORE = 200  # answers that show that the service goes on
_GROWING = {"target_ongoing_requests": 1, "upscale_delay_s": 1, "max_replicas": N_REPLICAS}


class Deployment:
    """The service on a cluster, deployed by a file from `deploy/ray/`."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._file = folder / "serve.yaml"

    def deploy(self, command: str) -> str:
        """Execute a documented command, and return the status of the deployment."""
        self._cluster.run(self._cluster.head, command)
        wait_until(lambda: self._cluster.status().get("status") in ("RUNNING", "DEPLOY_FAILED"))
        return str(self._cluster.status()["status"])

    def redeploy(self, name: str, scaling: dict[str, Any], **settings: str) -> str:
        """Deploy a file again with other options.

        Args:
            name: the name of the file.
            scaling: options of autoscaling that replace the file's.
            settings: settings of the service that replace the file's.
        """
        wanted = yaml.safe_load((ROOT / "deploy" / "ray" / name).read_text())
        [application] = wanted["applications"]
        application["runtime_env"]["env_vars"] |= settings
        application["deployments"][0]["autoscaling_config"] |= scaling
        self._file.write_text(yaml.safe_dump(wanted))
        return self.deploy(f"serve deploy {self._file}")

    def replicas(self) -> list[str]:
        """Return the address of the node of each replica that answers."""
        replicas = self._cluster.status().get("deployments", {}).get("digits", {}).get("replicas", [])
        return [each["node_ip"] for each in replicas if each["state"] == "RUNNING"]


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
def under_load(url: str, expected: dict[int, bytes]) -> Iterator[Observation]:
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

    with load(url, ask, N_CLIENTS) as seen.tally:
        yield seen


def send(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request, and return the answer."""
    answer = httpx.request(**request | {"url": url + request["url"]}, timeout=60)
    return {
        "status": answer.status_code,
        "type": answer.headers.get("content-type"),
        "etag": answer.headers.get("etag"),
        "body": base64.b64encode(answer.content).decode(),
    }


def url_of(node: Machine) -> str:
    """Return the address of the service on a node."""
    return f"http://{node.address}:8000"


def is_open(node: Machine) -> bool:
    """Return whether a node answers requests."""
    try:
        return httpx.get(f"{url_of(node)}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def pods() -> list[dict[str, Any]]:
    """Return the specifications of the pods of deploy/ray/ray-service.yaml, that of the head first."""
    cluster = yaml.safe_load((ROOT / "deploy" / "ray" / "ray-service.yaml").read_text())["spec"]["rayClusterConfig"]
    return [each["template"]["spec"] for each in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


def probed(node: Machine, container: dict[str, Any]) -> dict[str, int]:
    """Return the status with which a node answers each probe of a container, by the probe's address."""
    named = {each["name"]: each["containerPort"] for each in container["ports"]}
    asked = [container[probe]["httpGet"] for probe in ("readinessProbe", "livenessProbe")]
    urls = [f"http://{node.address}:{named.get(each['port'], each['port'])}{each['path']}" for each in asked]
    return {url: httpx.get(url, timeout=5).status_code for url in urls}


def run_steps(cluster: Cluster, requests: list[dict[str, Any]], folder: Path) -> Iterator[tuple[str, Any]]:
    """Execute all steps, and yield the name and the result of each.

    Args:
        cluster: a cluster whose first node is free.
        requests: the requests to answer first.
        folder: where to write files.
    """
    doomed = cluster.nodes[0]
    asked = "curl -s -o /dev/null -w '%{http_code}' localhost:8265/api/serve/applications/"
    yield "dashboard", cluster.head.run(asked)
    service = Deployment(cluster, folder)
    yield "deployed", service.deploy(documented("serve deploy"))
    yield "reported", cluster.run(cluster.head, documented("serve status"))
    for node in (cluster.head, doomed):
        wait_until(partial(is_open, node))
    head, worker = (pod["containers"][0] for pod in pods())
    yield "probes", {**probed(cluster.head, head), **probed(doomed, worker)}
    yield "resident_mib", [node.total(pss_kib) / 1024 for node in (cluster.head, doomed)]
    yield "answers", [[send(url_of(node), request) for request in requests] for node in (cluster.head, doomed)]
    url = url_of(cluster.head)
    expected = {seed: httpx.get(f"{url}/images/{seed}.png").raise_for_status().content for seed in range(_SEEDS)}

    with_gpu = cluster.join("--num-cpus 3 --num-gpus 1")
    service.redeploy("serve.yaml", _GROWING)
    with under_load(url, expected) as seen:
        took_s = wait_until(lambda: len(service.replicas()) == N_REPLICAS)
        seen.wait_for_more()
    yield "grown", seen.summarise(took_s=took_s)

    with under_load(url, expected) as seen:
        before_s = doomed.total(cpu_s, _REPLICA)
        seen.wait_for_more()
        n_died = service.replicas().count(doomed.address)
        worked_s = doomed.total(cpu_s, _REPLICA) - before_s
        doomed.kill()
        seen.wait_for_more()
        took_s = wait_until(lambda: service.replicas() == [with_gpu.address] * N_REPLICAS)
        seen.wait_for_more()
    yield "replicas_killed", seen.summarise(took_s=took_s, worked_s=worked_s, died=n_died, clients=N_CLIENTS)

    deployed = service.redeploy("gpu.yaml", {"min_replicas": 2, "max_replicas": 2}, DIGITGAN_PROVIDER="cpu")
    yield "fractions", {"deployed": deployed, "on_gpu": service.replicas().count(with_gpu.address)}
