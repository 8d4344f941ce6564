"""The gateway reads its settings again while it serves: no request is lost, and invalid settings change nothing."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import random
from time import sleep

import httpx
import pytest

from tests.deploy.fronts import Front
from tests.gateway import Gateway, gateway, needs_haproxy
from tests.load import load
from tests.processes import PATIENCE_S, wait_until

pytestmark = needs_haproxy


@pytest.fixture
def reloaded(front: Front, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of its own, in front of the replica that tests share."""
    settings = {"GATEWAY_REPLICA_PORT": str(front.gateway.replica_port), "GATEWAY_REQUESTS_PER_10S": "1000000"}
    with gateway(tmp_path / "access.log", **settings) as started:
        started.set_replicas("127.0.0.2")
        yield started


def limit(front: Gateway) -> int:
    """Return the size of the largest body that a gateway says it takes."""
    refused = httpx.post(f"{front.url}/generate", content=bytes(17_000_000), timeout=PATIENCE_S)
    assert refused.status_code == 413
    return int(refused.json()["detail"].split()[-3])


@pytest.mark.parametrize("times", [3, pytest.param(30, marks=[pytest.mark.slow, pytest.mark.timeout(580)])])
def test_reloads_under_load_lose_no_request(reloaded: Gateway, times: int) -> None:
    turns = count()

    def ask(client: httpx.Client) -> httpx.Response:
        """Post on a connection that is kept for two requests."""
        headers = {"Connection": "close"} if next(turns) % 2 else {}
        answer = client.post("/latents", json={"seeds": 1}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    with load(reloaded.url, ask, n_clients=8) as tally:
        for n in range(1000, 1000 + times):
            reloaded.write_settings(GATEWAY_MAX_BODY_BYTES=n)
            reloaded.reload()
            wait_until(lambda n=n: limit(reloaded) == n)  # type: ignore[misc]
            tally.wait_for(100)
    print(f"reloaded {times} times: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


@pytest.mark.slow
@pytest.mark.timeout(580)
def test_reloads_lose_no_request_of_clients_that_pause(reloaded: Gateway) -> None:
    """Most of these connections are idle when a worker ends."""

    def ask(client: httpx.Client) -> httpx.Response:
        sleep(0.6 * random())
        answer = client.post("/latents", json={"seeds": 1})
        assert answer.status_code == 200, answer.text
        return answer

    with load(reloaded.url, ask, n_clients=60) as tally:
        for _ in range(12):
            reloaded.reload()
            tally.wait_for(500)
    print(f"reloaded 12 times: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def test_invalid_settings_leave_the_old_ones_in_force(reloaded: Gateway) -> None:
    before = limit(reloaded)
    with reloaded.client() as client:
        assert client.get("/models").status_code == 200
        (reloaded.folder / "settings.cfg").write_text("global\n    maxbody 1000\n")
        reloaded.signal_reload()
        wait_until(lambda: "settings.cfg:2] : unknown keyword 'maxbody'" in reloaded.messages.read_text())
        assert client.get("/models").status_code == 200
    assert limit(reloaded) == before
    reloaded.write_settings(GATEWAY_MAX_BODY_BYTES=1000)
    reloaded.reload()
    wait_until(lambda: limit(reloaded) == 1000)


def test_answers_in_progress_outlive_a_reload(reloaded: Gateway) -> None:
    body = {"count": 1000, "scale": 32}
    headers = {"Accept": "application/x-ndjson"}
    with (
        reloaded.client() as client,
        client.stream("POST", "/generate", json=body, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        next(lines)
        for _ in range(2):
            reloaded.reload()
        assert sum(1 for _ in lines) == 999
