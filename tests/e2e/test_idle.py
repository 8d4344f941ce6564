"""Knows what the service costs the processor while nobody asks. Does not know how it waits.

Runs alone: what others do to shared caches and clocks shows here, too.
"""

from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.processes import children, cpu_s, serving

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc"),
]


def test_two_workers_and_their_supervisor_idle_under_one_per_cent() -> None:
    with serving("--workers", "2") as service:
        service.workers(2)
        with service.client() as client:  # the model's threads have been awake
            assert all(client.post("/generate", json={"count": 64}).status_code == 200 for _ in range(10))
        sleep(0.5)
        processes = [service.process.pid, *children(service.process.pid)]
        before, started = sum(map(cpu_s, processes)), monotonic()
        sleep(4)
        assert sum(map(cpu_s, processes)) - before < 0.01 * (monotonic() - started)
