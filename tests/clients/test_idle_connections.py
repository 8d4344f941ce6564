"""Connections that clients keep: after a pause of five seconds, no POST is lost, whatever pool has kept its connection.

Five seconds is when common web servers close idle connections, at the moment at which these clients use theirs again.
"""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.clients.proxies import nginx
from tests.gateway import gateway, needs_haproxy
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, serving
from tests.programs import find, needs

N = 150
IDLE_S = 5
PROGRAMS = Path(__file__).parent / "pools"


def program(*command: str) -> Callable[[str], int]:
    """Return what runs a program that prints how many posts were lost."""

    def run(url: str) -> int:
        ended = subprocess.run(
            [*command, f"{url}/generate", str(N), str(IDLE_S)],
            cwd=PROGRAMS, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return int(ended.stdout)

    return run


def through_nginx(url: str) -> int:
    """Post through nginx, which keeps its connections to the service for 60 s; clients open new ones."""
    upstream = url.removeprefix("http://")
    http = f"upstream service {{ server {upstream}; keepalive {N}; }}"
    location = 'location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }'

    async def post_twice(front: str) -> int:
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=front, limits=limits, timeout=PATIENCE_S) as client:
            statuses: list[int] = []

            async def post(i: int) -> None:
                for pause_s in (0, IDLE_S - 0.01 + i * 0.02 / N):
                    await asyncio.sleep(pause_s)
                    statuses.append((await client.post("/generate", json={"seeds": 1})).status_code)

            await asyncio.gather(*map(post, range(N)))
            return sum(status != 200 for status in statuses)

    with nginx(location, http) as front:
        return asyncio.run(post_twice(front))


POOLS = {
    "go": program("go", "run", "pool.go"),
    "java": program("java", "Pool.java"),
    "node": program("node", "pool.mjs"),
    "nginx": through_nginx,
}


@pytest.fixture(scope="module", params=["service", pytest.param("gateway", marks=[needs_haproxy, pytest.mark.slow])])
def lost(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[int]]]:
    """Run all pools that are at hand at the same time, and yield how many posts each will have lost."""
    folder = tmp_path_factory.mktemp("idle")
    deploy(folder / "models", a_card(a_graph()), a_graph())
    models = ("--models-dir", str(folder / "models"), "--default-model", "tiny")
    with ExitStack() as running:
        if request.param == "service":
            url = running.enter_context(serving(*models)).url
        else:
            limits = {"GATEWAY_CONNECTIONS": "2000", "GATEWAY_REQUESTS_PER_10S": "1000000"}
            front = running.enter_context(gateway(folder / "access.log", **limits))
            running.enter_context(serving("--host", "127.0.0.2", "--port", str(front.replica_port), *models))
            front.set_replicas("127.0.0.2")
            url = front.url
        threads = running.enter_context(ThreadPoolExecutor(len(POOLS)))
        yield {name: threads.submit(pool, url) for name, pool in POOLS.items() if find(name)}


@pytest.mark.parametrize("pool", [pytest.param(name, marks=needs(name, shows="its pool")) for name in POOLS])
def test_pool_loses_no_post_after_five_idle_seconds(lost: dict[str, Future[int]], pool: str) -> None:
    assert lost[pool].result() == 0
