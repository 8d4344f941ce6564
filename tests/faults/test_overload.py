"""Ten times too many requests: some are served in time, the others are refused with a time to retry.

The service is a real process, the requests do not wait for each other, and the test prints its counts.
"""

import asyncio

import pytest

from tests.faults.loads import closed_load, open_load, request
from tests.processes import serving, wait_until

IMAGES = 128
DEADLINE_S = 20.0


@pytest.mark.parametrize("seconds", [4.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_overload_is_served_in_part_and_refused_in_part(seconds: float) -> None:
    content = request("/generate", {"model": "digits", "count": IMAGES})
    limits = ("--threads", "1", "--queue-images", str(8 * IMAGES), "--request-timeout-s", str(DEADLINE_S))
    with serving(*limits) as service:
        at_capacity = asyncio.run(closed_load(service.url, content, clients=8, seconds=2.0))
        capacity = at_capacity.statuses[200] / 2.0
        memory, descriptors = service.resident_mib, service.n_descriptors
        outcome = asyncio.run(open_load(service.url, content, 10 * capacity, seconds))
        grown = service.resident_mib / memory
        print(f"{capacity:.0f} requests a second can be served; of {10 * capacity:.0f} a second: {outcome}")
        print(f"memory {memory:.0f} MiB before, {grown:.2f} times that after")
        assert set(outcome.statuses) == {200, 503}
        assert outcome.without_retry_after == 0
        assert outcome.statuses[503] > outcome.statuses[200]
        assert outcome.quantile_s(0.99) < DEADLINE_S
        assert grown < 1.25
        wait_until(lambda: service.n_descriptors <= descriptors)
        assert asyncio.run(closed_load(service.url, content, clients=1, seconds=0.1)).statuses.keys() == {200}
        assert service.process.poll() is None
