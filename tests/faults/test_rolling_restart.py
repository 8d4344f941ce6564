"""Knows that restarting instances behind a gateway, one after the other, loses no request. Does not know their models.

All parts are real: HAProxy with the configuration in deploy/, two service processes, sockets.
"""

import os
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.load import load
from tests.processes import ROOT, Service, serving, wait_until

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="needs haproxy; Debian has it as a package of that name")


def free_ports(n: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(n)]
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def gateway(*ports: int) -> Iterator[str]:
    """Yield the address of a gateway to two instances; ports are its own and theirs."""
    assert HAPROXY is not None
    names = ("GATEWAY_PORT", "FIRST_PORT", "SECOND_PORT")
    environment = os.environ | {name: str(port) for name, port in zip(names, ports, strict=True)}
    process = subprocess.Popen([HAPROXY, "-db", "-q", "-f", str(ROOT / "deploy/haproxy.cfg")], env=environment)
    url = f"http://127.0.0.1:{ports[0]}"

    def answers() -> bool:
        assert process.poll() is None, "haproxy ended"
        try:
            return httpx.get(f"{url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_until(answers)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("restarts", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(580)])])
def test_rolling_restarts_under_load_lose_no_request(tmp_path: Path, restarts: int) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    ports = free_ports(3)
    models = ("--models-dir", str(tmp_path), "--default-model", "tiny")

    answered_by: Counter[str] = Counter()

    def instance(port: int) -> Service:
        return running.enter_context(serving("--port", str(port), "--drain-s", "1", *models))

    def ask(client: httpx.Client) -> httpx.Response:
        """Ask by a method that a gateway does not repeat by itself once it was sent."""
        answer = client.post("/generate", json={"seeds": [1, 2, 3]})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["images"]) == 3
        answered_by[answer.headers["x-instance"]] += 1
        return answer

    with ExitStack() as running:
        port_of = dict(zip(("first", "second"), ports[1:], strict=True))
        instances = {name: instance(port) for name, port in port_of.items()}
        with gateway(*ports) as url, load(url, ask) as tally:
            for name in islice(cycle(instances), restarts):
                wait_until(lambda: min(answered_by["first"], answered_by["second"]) > 0)
                assert instances[name].end() == 0
                answered_by.clear()
                instances[name] = instance(port_of[name])
    print(f"{restarts} restarts: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures
