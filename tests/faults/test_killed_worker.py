"""A worker that is killed under load breaks its own connections, and none of the other worker's."""

import os
import re
import signal
from pathlib import Path
from statistics import median
from time import monotonic

import httpx
import pytest

from tests.load import load
from tests.processes import cpu_s, peers, serving, wait_until, waiting_s

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")


def ask(client: httpx.Client) -> httpx.Response:
    answer = client.post("/generate", json={"seeds": list(range(20))})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["images"]) == 20
    return answer


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_killed_worker_fails_only_its_own_requests_and_is_replaced(kills: int) -> None:
    n_clients = 4
    took_s, waits_s, costs_s, n_broken = [], [], [], 0
    with serving("--workers", "2") as service, load(service.url, ask, n_clients) as tally:
        for _ in range(kills):
            victim, other = service.workers(2)
            wait_until(lambda: len(peers(victim) | peers(other)) == n_clients)  # noqa: B023
            before, failed, its_clients = tally.answered, len(tally.failures), peers(victim)
            killed = monotonic()
            os.kill(victim, signal.SIGKILL)
            [replacement] = set(service.workers(2, without=victim)) - {other}
            took_s.append(monotonic() - killed)
            waits_s.append(waiting_s(replacement))
            costs_s.append(cpu_s(replacement))
            wait_until(lambda: tally.answered > before + 20)  # noqa: B023
            assert tally.lost_ports <= its_clients
            assert len(tally.failures) - failed <= 2 * len(its_clients)
            n_broken += len(its_clients)
            tally.lost_ports.clear()
    print(
        f"{tally.answered} answers, {len(tally.failures)} failures on {n_broken} connections to {kills} killed workers"
    )
    print(
        f"the replacement accepts connections after {median(took_s):.2f} s: {median(costs_s):.2f} s on a processor, "
        f"{median(waits_s):.2f} s waiting for one"
    )
    assert len(re.findall(r"worker \d \(pid \d+\) is ready", service.log)) == 2 + kills


@pytest.mark.alone
def test_replacement_accepts_within_two_seconds_of_processor_time() -> None:
    with serving("--workers", "2") as service:
        victim, other = service.workers(2)
        killed = monotonic()
        os.kill(victim, signal.SIGKILL)
        [replacement] = set(service.workers(2, without=victim)) - {other}
        assert monotonic() - killed - waiting_s(replacement) < 2
