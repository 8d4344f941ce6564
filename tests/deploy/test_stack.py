"""Knows what the stack of `docker-compose.yml` promises: no request is lost while replicas come, go and die.

Does not know how: images, engine, network and gateway are real, as `docker compose up` makes them. Where there is no
registry, `tests/deploy/engine.sh` gives an engine and base images.
"""

import json
import os
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from service.engine.card import MODEL_FILE, read_card
from tests.cards import deploy
from tests.gateway import free_ports
from tests.load import load
from tests.processes import ROOT, wait_until

N_REPLICAS = 2
NEXT_IMAGE = "digitgan-test:next"
PEACE = 20  # answers that show that things go on as they should


def has_engine() -> bool:
    """Whether there are a Docker engine that can be reached and the plugin compose."""
    if shutil.which("docker") is None:
        return False
    asked = [["docker", "info"], ["docker", "compose", "version"]]
    return all(subprocess.run(each, capture_output=True, check=False).returncode == 0 for each in asked)


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not has_engine(), reason="needs a Docker engine with compose; see tests/deploy/engine.sh"),
]


class Stack:
    """A running stack at `url`."""

    def __init__(self) -> None:
        address = f"127.0.0.1:{free_ports(1)[0]}"
        self.url = f"http://{address}"
        self._environment = os.environ | {
            "COMPOSE_PROJECT_NAME": "digitgan-test",
            "DIGITGAN_IMAGE": "digitgan-test:first",
            "GATEWAY_IMAGE": "digitgan-test-gateway:latest",
            "GATEWAY_PORT": address,
            "GATEWAY_REQUESTS_PER_10S": "1000000",
        }

    def run(self, *command: str, **environment: str) -> str:
        """Run a command of the operator's in the checkout, and return what it writes."""
        ended = subprocess.run(
            command, cwd=ROOT, env=self._environment | environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def compose(self, *words: str) -> str:
        return self.run("docker", "compose", *words)

    def scale(self, n: int) -> None:
        """Have so many replicas, and wait until they are ready."""
        self.compose("up", "--detach", "--wait", "--no-recreate", "--no-build", "--scale", f"service={n}")

    def replicas(self) -> list[str]:
        """Return the ids of the replicas' containers."""
        return self.compose("ps", "--quiet", "service").split()

    def inspect(self, container: str, template: str) -> str:
        return self.run("docker", "inspect", "--format", template, container).strip()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    started = Stack()
    try:
        started.compose("build", "--quiet", "service", "gateway")
        started.scale(N_REPLICAS)
        yield started
    finally:
        started.compose("down", "--volumes", "--timeout", "5")


@pytest.fixture(autouse=True)
def at_rest(stack: Stack) -> None:
    stack.scale(N_REPLICAS)


def of_any_version(client: httpx.Client) -> httpx.Response:
    """Ask by a method that the gateway does not repeat once it was sent."""
    answer = client.post("/generate", json={"seeds": [1, 2, 3], "labels": 7})
    assert answer.status_code == 200, answer.text
    return answer


def test_the_image_holds_what_serving_needs_and_may_do_little(stack: Stack) -> None:
    look = """
import importlib.util, json, os, re, shutil
def writes(path):
    try:
        open(path, "w").close()
    except OSError:
        return False
    return True
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(re.search(r"CapEff:\\s+(\\w+)", open("/proc/self/status").read())[1], 16),
    "writes": [path for path in ("/etc/a", "/opt/digitgan/a", "/models/a") if writes(path)],
    "programs": [name for name in ("gcc", "cc", "pip") if shutil.which(name)],
    "packages": [name for name in ("torch", "training", "pip") if importlib.util.find_spec(name)],
    "bill": sorted(part["name"] for part in json.load(open("/opt/digitgan/sbom.cdx.json"))["components"]),
}))
"""
    seen = json.loads(stack.compose("exec", "-T", "service", "/opt/digitgan/bin/python", "-I", "-c", look))
    assert {"fastapi", "onnxruntime", "numpy"} <= set(seen.pop("bill"))
    assert seen == {"user": 65532, "capabilities": 0, "writes": [], "programs": [], "packages": []}


def test_nobody_but_the_gateway_has_a_port(stack: Stack) -> None:
    bound = "{{json .HostConfig.PortBindings}}"
    assert [json.loads(stack.inspect(replica, bound)) for replica in stack.replicas()] == [{}] * N_REPLICAS


def test_the_gateway_limits_bodies(stack: Stack) -> None:
    answer = httpx.post(f"{stack.url}/generate", content=bytes(5_000_000))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_scaling_up_and_down_loses_no_request(stack: Stack) -> None:
    answered_by: set[str] = set()

    def ask(client: httpx.Client) -> httpx.Response:
        answer = of_any_version(client)
        answered_by.add(answer.headers["x-instance"])
        return answer

    with load(stack.url, ask) as tally:
        stack.scale(4)
        answered_by.clear()
        wait_until(lambda: len(answered_by) == 4)
        stack.scale(N_REPLICAS)
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
    print(f"scaled up and down: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def test_a_killed_replica_is_hidden_and_comes_back(stack: Stack) -> None:
    seeds = count()

    def ask(client: httpx.Client) -> httpx.Response:
        answer = client.get(f"/digits/7/{next(seeds)}.png")
        assert answer.status_code == 200, answer.text
        return answer

    doomed = stack.replicas()[0]
    with load(stack.url, ask) as tally:
        os.kill(int(stack.inspect(doomed, "{{.State.Pid}}")), signal.SIGKILL)
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
        wait_until(lambda: stack.inspect(doomed, "{{.RestartCount}} {{.State.Health.Status}}") == "1 healthy")
    print(f"killed a replica: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def an_image_with_another_version(stack: Stack, folder: Path) -> None:
    """Build the next image: digits, version 2, of which the file is that of digits-small."""
    source = ROOT / "exported" / "digits-small" / "1"
    card = read_card(source).model_copy(update={"model": "digits", "version": "2"})
    deploy(folder / "models", card, (source / MODEL_FILE).read_bytes())
    (folder / "Dockerfile").write_text("FROM digitgan-test:first\nCOPY models /models\n")
    stack.run("docker", "build", "--quiet", "--tag", NEXT_IMAGE, str(folder))


def test_a_rolling_update_loses_no_request_and_mixes_no_versions(stack: Stack, tmp_path: Path) -> None:
    an_image_with_another_version(stack, tmp_path)
    pictures: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)

    def ask(client: httpx.Client) -> httpx.Response:
        answer = of_any_version(client)
        body = answer.json()
        pictures[body["version"]].add(tuple(image["png"] for image in body["images"]))
        return answer

    first = stack.replicas()
    with load(stack.url, ask) as tally:
        stack.run("deploy/roll.sh", DIGITGAN_IMAGE=NEXT_IMAGE)
        pictures_before = {version: set(seen) for version, seen in pictures.items()}
        pictures.clear()
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
    print(f"rolled to another version: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures
    assert not set(first) & set(stack.replicas())
    assert set(pictures_before) == {"1", "2"}
    assert set(pictures) == {"2"}
    assert all(len(seen) == 1 for seen in pictures_before.values()), "a version has one picture for a seed"
    assert pictures_before["1"].isdisjoint(pictures_before["2"])
    stack.compose("up", "--detach", "--wait", "--no-build", "--force-recreate")
