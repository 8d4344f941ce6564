"""A service on a Unix socket: who reaches it, and what becomes of its file."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.clients.proxies import nginx
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, ROOT, Service, serving, wait_until
from tests.programs import needs

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the arguments that serve a tiny model."""
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    return "--models-dir", str(folder), "--default-model", "tiny"


@pytest.fixture
def path() -> Iterator[Path]:
    """Return where to make a socket; pytest's own folders may have too long names."""
    with TemporaryDirectory() as folder:
        yield Path(folder, "digits.sock")


@pytest.fixture(scope="module", params=["1", "2"], ids=lambda n: f"{n} workers")
def served(request: pytest.FixtureRequest, tiny: tuple[str, ...]) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "digits.sock")
        with serving(*tiny, "--unix-socket", str(path), "--workers", request.param) as service:
            assert service.url == f"unix:{path}"
            yield path


@needs("curl", shows="curl at a socket")
def test_curl_reaches_a_unix_socket(served: Path) -> None:
    command = ["curl", "-s", "--unix-socket", str(served), "http://digits/generate", "--json", '{"seeds": [1, 2]}']
    answer = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S).stdout
    assert len(json.loads(answer)["images"]) == 2


def test_health_asks_at_a_unix_socket(served: Path, path: Path) -> None:
    for asked, status in ((served, 0), (path, 1)):
        environment = os.environ | {"DIGITGAN_UNIX_SOCKET": str(asked)}
        command = [sys.executable, "-m", "digitgan", "health"]
        assert subprocess.run(command, env=environment, cwd=ROOT, timeout=PATIENCE_S, check=False).returncode == status


@needs("nginx", shows="nginx at a socket")
def test_nginx_reaches_a_unix_socket(served: Path) -> None:
    with nginx(f"location / {{ proxy_pass http://unix:{served}; }}") as url:
        assert len(httpx.post(f"{url}/generate", json={"count": 3}).json()["images"]) == 3


def test_python_reaches_a_unix_socket_over_one_connection(served: Path) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(served)), base_url="http://digits") as client:
        answers = [client.post("/generate", json={"seeds": seed}) for seed in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert "worker=" in client.get("/metrics").text


@pytest.mark.parametrize("workers", ["1", "2"])
def test_file_of_a_killed_service_is_replaced_and_removed_in_the_end(
    tiny: tuple[str, ...], path: Path, workers: str
) -> None:
    arguments = (*tiny, "--unix-socket", str(path), "--workers", workers)
    with serving(*arguments) as killed:
        killed.process.kill()  # workers end soon after their supervisor
        wait_until(lambda: is_refused(path))
    assert path.is_socket()
    with serving(*arguments) as service:
        assert not is_refused(path)
        assert service.end() == 0
    assert not path.exists()


def is_refused(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) != 0


def test_socket_in_use_and_other_files_are_left_alone(served: Path, tiny: tuple[str, ...], path: Path) -> None:
    path.write_text("precious")
    another_file = "it exists and is not a socket; choose another path"
    for taken, reason in ((served, "Address already in use"), (path, another_file)):
        service = Service(*tiny, "--unix-socket", str(taken))
        _, log = service.process.communicate(timeout=PATIENCE_S)
        assert log.endswith(f"digitgan: cannot listen on {taken}: {reason}\n")
        assert service.process.returncode == 3
    assert path.read_text() == "precious"
    assert not is_refused(served)


def test_mode_of_the_file_follows_the_umask(tiny: tuple[str, ...], path: Path) -> None:
    before = os.umask(0o007)
    try:
        with serving(*tiny, "--unix-socket", str(path)):
            assert path.stat().st_mode & 0o777 == 0o770
    finally:
        os.umask(before)
