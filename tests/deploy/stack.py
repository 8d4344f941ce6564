"""The stack of `docker-compose.yml` with images of this checkout, in a folder of its own with its own settings."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.deploy import engine
from tests.deploy.engine import inspect
from tests.gateway import free_ports
from tests.processes import ROOT, wait_until

N_REPLICAS = 2
IMAGE = "digitgan-test:first"
GATEWAY_IMAGE = "digitgan-test-gateway:latest"
DRAIN_S, GRACE_S = 3, 4  # less than by default, so that replicas end sooner


class Stack:
    """A running stack at `url`, whose `settings` are a file `.env` like an operator's.

    Args:
        folder: an empty folder of its own, which gets what the stack needs of the checkout.
    """

    def __init__(self, folder: Path) -> None:
        address = f"127.0.0.1:{free_ports(1)[0]}"
        self.url = f"http://{address}"
        self.settings = folder / ".env"
        self.folder = folder
        shutil.copy(ROOT / "docker-compose.yml", folder)
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        given = {
            "COMPOSE_PROJECT_NAME": "digitgan-test",
            "DIGITGAN_IMAGE": IMAGE,
            "DIGITGAN_DRAIN_S": str(DRAIN_S),
            "DIGITGAN_GRACE_S": str(GRACE_S),
            "GATEWAY_IMAGE": GATEWAY_IMAGE,
            "GATEWAY_PORT": address,
            "GATEWAY_REQUESTS_PER_10S": "1000000",
        }
        self.settings.write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    @contextmanager
    def more_settings(self, **given: str) -> Iterator[None]:
        """Add lines to the settings while the block runs; of two with one name, the last counts."""
        before = self.settings.read_text()
        self.settings.write_text(before + "".join(f"{name}={value}\n" for name, value in given.items()))
        try:
            yield
        finally:
            self.settings.write_text(before)

    def attempt(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run an operator's command that may fail, and return how it ended."""
        return engine.attempt(*command, folder=self.folder, **environment)

    def run(self, *command: str, **environment: str) -> str:
        """Run an operator's command in the folder of the stack, and return its output."""
        return engine.run(*command, folder=self.folder, **environment)

    def compose(self, *words: str, **environment: str) -> str:
        """Run a command of `docker compose`, and return its output."""
        return self.run("docker", "compose", *words, **environment)

    def start(self) -> None:
        """Build the images, and start the stack."""
        engine.run("make", "image", DIGITGAN_IMAGE=IMAGE, GATEWAY_IMAGE=GATEWAY_IMAGE)
        self.scale(N_REPLICAS)

    def scale(self, n: int) -> None:
        """Scale to n replicas, and wait until they are ready."""
        self.compose("up", "--detach", "--wait", "--no-recreate", "--no-build", "--scale", f"service={n}")

    def logs(self, container: str) -> list[str]:
        """Return the lines that a container has written."""
        ended = subprocess.run(
            ["docker", "logs", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
        return ended.stdout.splitlines()

    def replicas(self) -> list[str]:
        """Return the ids of the replicas' containers."""
        return self.compose("ps", "--all", "--quiet", "service").split()

    @contextmanager
    def container(self, image: str, **environment: str) -> Iterator[str]:
        """Run a single container, restricted like the stack's; yield its id once it is healthy."""
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        careful = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")
        started = self.run("docker", "run", "--detach", *careful, *variables, image).strip()
        try:
            wait_until(lambda: inspect(started, "{{.State.Health.Status}}") == "healthy")
            yield started
        finally:
            self.run("docker", "rm", "--force", started)


def of_any_version(client: httpx.Client) -> httpx.Response:
    """Post a request that names no version."""
    answer = client.post("/generate", json={"seeds": [1, 2, 3], "labels": 7})
    assert answer.status_code == 200, answer.text
    return answer
