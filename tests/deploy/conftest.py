"""The gateway and the stack that tests share."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.deploy.fronts import MOST_BYTES, USUAL, Front
from tests.deploy.stack import Stack
from tests.gateway import gateway
from tests.graphs import a_graph


@pytest.fixture(scope="package")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A gateway in front of one replica, with a tight limit for bodies alone."""
    folder = tmp_path_factory.mktemp("gateway")
    deploy(folder / "models", a_card(a_graph()), a_graph())
    settings = {"GATEWAY_MAX_BODY_BYTES": str(MOST_BYTES), "GATEWAY_REQUESTS_PER_10S": "1000000"}
    with ExitStack() as running:
        started = Front(running, folder / "models", running.enter_context(gateway(folder / "access.log", **settings)))
        started.replica(USUAL)
        started.gateway.set_replicas(USUAL)
        yield started


@pytest.fixture
def client(front: Front) -> Iterator[httpx.Client]:
    with front.gateway.client() as opened:
        yield opened


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = Stack(tmp_path_factory.mktemp("stack"))
    try:
        started.start()
        yield started
    finally:
        started.compose("down", "--volumes", "--timeout", "5")
