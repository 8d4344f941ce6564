"""The processor time that the service takes while it gets no requests.

These tests run alone, since other processes affect shared caches and clocks.
"""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.processes import children, cpu_s, serving

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc"),
]

TRIES = 5  # other processes only ever add to the time, so the lowest of several measurements counts


def share_of_a_processor(processes: Sequence[int]) -> float:
    """Return the share of a processor that some processes take, over four seconds."""
    before, started = sum(map(cpu_s, processes)), monotonic()
    sleep(4)
    return (sum(map(cpu_s, processes)) - before) / (monotonic() - started)


def test_two_workers_and_their_supervisor_idle_under_one_per_cent() -> None:
    with serving("--workers", "2") as service:
        service.workers(2)
        with service.client() as client:  # the model's threads have been awake
            assert all(client.post("/generate", json={"count": 64}).status_code == 200 for _ in range(10))
        sleep(0.5)
        processes = [service.process.pid, *children(service.process.pid)]
        assert any(share_of_a_processor(processes) < 0.01 for _ in range(TRIES))
