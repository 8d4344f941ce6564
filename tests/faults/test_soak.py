"""A service under full load does not grow.

The test takes ten minutes; ``pytest -m slow tests/faults/test_soak.py --soak-minutes 60 -s`` takes an hour.
"""

import asyncio

import pytest

from tests.faults.loads import closed_load, request
from tests.processes import serving

KINDS = [
    request("/generate", {"model": "digits", "count": 1}),
    request("/generate", {"model": "mlp", "seeds": list(range(64))}),
    request("/generate", {"model": "digits", "count": 1000}),
    request("/interpolate", {"seeds": [1, 2, 3], "steps": 20}),
    request("/dataset", {"model": "digits-small", "count": 2000}),
    request("/generate", {"seeds": "not one"}),
]


async def _all_kinds(url: str, seconds: float) -> dict[int, int]:
    outcomes = await asyncio.gather(*(closed_load(url, kind, clients=2, seconds=seconds) for kind in KINDS))
    statuses: dict[int, int] = {}
    for outcome in outcomes:
        for status, n in outcome.statuses.items():
            statuses[status] = statuses.get(status, 0) + n
    return statuses


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_memory_does_not_grow_after_the_first_minute(request: pytest.FixtureRequest) -> None:
    minutes = request.config.getoption("--soak-minutes")
    first = min(1, minutes / 10)
    with serving("--threads", "1") as service:
        asyncio.run(_all_kinds(service.url, 60 * first))
        memory, descriptors = service.resident_mib, service.n_descriptors
        statuses = asyncio.run(_all_kinds(service.url, 60 * (minutes - first)))
        grown = service.resident_mib / memory
        print(f"{statuses}; memory {memory:.0f} MiB after {60 * first:.0f} s, {grown:.3f} times that at the end")
        assert statuses.keys() == {200, 422}
        assert grown < 1.05
        assert service.n_descriptors <= descriptors
