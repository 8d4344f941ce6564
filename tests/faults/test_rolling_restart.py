"""Restarting instances behind a gateway, one after the other, loses no request.

All parts are real: HAProxy with the configuration in deploy/, two service processes, sockets.
"""

import json
from collections import Counter
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.gateway import gateway, needs_haproxy
from tests.graphs import a_graph
from tests.load import load
from tests.processes import Service, serving, wait_until

pytestmark = needs_haproxy


@pytest.mark.parametrize("restarts", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(580)])])
def test_rolling_restarts_under_load_lose_no_request(tmp_path: Path, restarts: int) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    models = ("--models-dir", str(tmp_path), "--default-model", "tiny")
    hosts = ("127.0.0.2", "127.0.0.3")

    answered_by: Counter[str] = Counter()

    def start(host: str) -> Service:
        return running.enter_context(serving("--host", host, "--port", port, "--drain-s", "3", *models))

    def ask(client: httpx.Client) -> httpx.Response:
        """Send a request, and count who answered it."""
        answer = client.post("/generate", json={"seeds": [1, 2, 3]})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["images"]) == 3
        answered_by[answer.headers["x-instance"]] += 1
        return answer

    with ExitStack() as running:
        front = running.enter_context(gateway(tmp_path / "access.log", GATEWAY_REQUESTS_PER_10S="1000000"))
        port = str(front.replica_port)
        instances = {host: start(host) for host in hosts}
        front.set_replicas(*hosts)
        with load(front.url, ask) as tally:
            for host in islice(cycle(hosts), restarts):
                answered_by.clear()
                wait_until(lambda: len(answered_by) == len(hosts))
                assert instances[host].end() == 0
                instances[host] = start(host)
        repeated = [line for line in front.log.read_text().splitlines() if json.loads(line)["retries"] != "0"]
    print(f"{restarts} restarts: {tally.answered} answers, {len(tally.failures)} failures, {len(repeated)} repeated")
    assert not tally.failures
    assert not repeated, "a request broke off, and the gateway hid it"
