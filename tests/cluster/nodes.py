"""A Ray cluster that the commands of docs/deploying.md start, on machines where Ray was used by itself before."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests import processes
from tests.cluster.machines import Machine
from tests.processes import ROOT

wait_until = partial(processes.wait_until, patience_s=240, pause_s=0.2)  # each node starts ten processes

# What Ray leaves behind when a program uses it on one machine only: a token that no other machine has.
_EARLIER_USE = "mkdir ~/.ray; head -c 32 /dev/urandom | base64 > ~/.ray/auth_token"
TOKEN = "/srv/digitgan/ray-token"


def documented(beginning: str) -> str:
    """Return the only command of the recipe that begins like this."""
    page = (ROOT / "docs" / "deploying.md").read_text()
    [command] = re.findall(rf"^({re.escape(beginning)}.*?)(?: {{2,}}# .*)?$", page, re.MULTILINE)
    return str(command)


class Cluster:
    """A cluster: its `head`, which manages it and makes nothing itself, and its other `nodes` in their order.

    Args:
        venv: the environment with Ray.
        folder: where programs on the nodes write.
        variables: what the nodes get beside the variables of deploy/ray/node.env.
    """

    def __init__(self, venv: Path, folder: Path, variables: Mapping[str, str]) -> None:
        self._venv, self._folder, self._variables = venv, folder, variables
        self.nodes: list[Machine] = []
        self.head = self._machine()
        self.head.run(documented("(umask 077"))
        self._token = self.head.run(f"cat {TOKEN}")
        self.run(self.head, documented("ray start --head"))

    def join(self, *options: str) -> Machine:
        """Return another node, started with some options."""
        node = self._machine()
        self.nodes.append(node)
        node.run(f"umask 077; printf %s '{self._token}' > {TOKEN}")
        address = documented("ray start --address").replace("HEAD", self.head.address)
        self.run(node, " ".join([address, *options]))
        return node

    def run(self, node: Machine, command: str) -> str:
        """Execute a command as the operator of a node does, and return its output."""
        return node.run(as_operator(command))

    def status(self) -> dict[str, Any]:
        """Return what Ray Serve says of the application; {} if it does not."""
        asked = f'curl -sf -m 20 -H "Authorization: Bearer $(cat {TOKEN})" localhost:8265/api/serve/applications/'
        answer = self.head.run(f"{asked} || echo '{{}}'")
        application: dict[str, Any] = json.loads(answer).get("applications", {}).get("digitgan", {})
        return application

    def _machine(self) -> Machine:
        machine = Machine(self._venv, [self._folder], self._variables)
        machine.run(_EARLIER_USE)
        return machine


def as_operator(command: str) -> str:
    """Return a script that sets the variables of a node and executes a command."""
    return f"{documented('set -a')}\n{command}"
