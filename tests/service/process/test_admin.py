"""What the admin port answers, for how long, and that it must be free. The processes are real."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.gateway import free_ports
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, Service, serving, wait_until
from tests.service.problems import problem


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the arguments that serve a tiny model."""
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    return "--models-dir", str(folder), "--default-model", "tiny"


@contextmanager
def observing(*arguments: str) -> Iterator[tuple[Service, httpx.Client]]:
    """Yield a service with an admin port, and a client of that port that opens a new connection for each request."""
    [port], limits = free_ports(1), httpx.Limits(max_keepalive_connections=0)
    with (
        serving(*arguments, "--admin-port", str(port)) as service,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=PATIENCE_S) as admin,
    ):
        wait_until(lambda: is_answered(f"http://127.0.0.1:{port}"))  # a moment after the log names the port of requests
        yield service, admin


def is_answered(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=PATIENCE_S).is_success
    except httpx.ConnectError:
        return False


@pytest.fixture(scope="module")
def pair(tiny: tuple[str, ...]) -> Iterator[tuple[Service, httpx.Client]]:
    with observing(*tiny, "--workers", "2") as observed:
        yield observed


def test_admin_port_has_health_and_metrics_of_all_workers(pair: tuple[Service, httpx.Client]) -> None:
    _, admin = pair
    assert admin.get("/health/live").json() == {"status": "live"}
    assert admin.get("/health/ready").json() == {"status": "ready", "refused": []}
    worker = re.compile(r'digitgan_build_info{.*worker="(\d+)"')
    wait_until(lambda: set(worker.findall(admin.get("/metrics").text)) == {"0", "1"})


def test_request_port_has_health_but_no_metrics(pair: tuple[Service, httpx.Client]) -> None:
    service, _ = pair
    with service.client() as client:
        assert client.get("/health/ready").status_code == 200
        problem(client.get("/metrics"), 404, "not-found")
        assert "/metrics" not in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/models", "/digits/1/1.png"])
def test_admin_port_has_nothing_else(pair: tuple[Service, httpx.Client], path: str) -> None:
    _, admin = pair
    answer = admin.get(path)
    problem(answer, 404, "not-found")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_admin_port_reports_draining_and_stays_until_the_end(tiny: tuple[str, ...]) -> None:
    with observing(*tiny, "--drain-s", "3000") as (service, admin):
        service.process.terminate()
        wait_until(lambda: admin.get("/health/ready").status_code == 503)
        problem(admin.get("/health/ready"), 503, "draining")
        assert admin.get("/health/live").status_code == 200
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0
        with pytest.raises(httpx.ConnectError):
            admin.get("/health/live")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_occupied_admin_port_is_named_at_start(tiny: tuple[str, ...], workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = Service(*tiny, "--admin-port", str(port), "--workers", workers)
        _, log = service.process.communicate(timeout=PATIENCE_S)
    assert log.endswith(f"digitgan: cannot listen on 127.0.0.1:{port}: Address already in use\n")
    assert service.process.returncode == 3


@pytest.mark.parametrize("workers", ["1", "2"])
def test_both_ports_listen_on_both_families(tiny: tuple[str, ...], workers: str) -> None:
    [port] = free_ports(1)
    with serving(*tiny, "--host", "::", "--admin-port", str(port), "--workers", workers) as service:
        for url in (service.url, f"http://[::]:{port}"):
            for host in ("127.0.0.1", "[::1]"):
                address = url.replace("[::]", host)
                wait_until(partial(is_answered, address))


def test_admin_port_must_differ_from_the_request_port() -> None:
    service = Service("--port", "9000", "--admin-port", "9000")
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert "--admin-port = '9000': must differ from --port" in log
    assert service.process.returncode == 2
