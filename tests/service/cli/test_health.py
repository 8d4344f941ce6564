"""What `health` asks, prints and returns."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import click
import httpx
import pytest

from digitgan.engine.settings import PREFIX
from service.cli.health import health
from service.settings import Settings
from tests.commands import digitgan
from tests.processes import processor_s, serving, wait_until

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "localhost", "localhost": "localhost"}


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Yield the port of a server that sends the same bytes to its first client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as client:
                client.recv(1024)
                client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_health_reports_a_ready_service(service: httpx.Client) -> None:
    ended = digitgan("health", "--port", str(service.base_url.port))
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout == f"ready: http://127.0.0.1:{service.base_url.port}/health/ready\n"


@pytest.mark.parametrize("host", LOOPBACK)
def test_health_asks_where_the_settings_say(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"HTTP/1.0 200 OK\r\n\r\n") as port:
        monkeypatch.setenv("DIGITGAN_HOST", host)
        monkeypatch.setenv("DIGITGAN_PORT", str(port))
        assert digitgan("health").stdout == f"ready: http://{LOOPBACK[host]}:{port}/health/ready\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "503"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "404"),
        (b"", "nothing"),
        (b"SSH-2.0-\xff\r\n", "nothing"),
    ],
)
def test_health_fails_on_any_other_answer(answer: bytes, said: str) -> None:
    with answering(answer) as port:
        ended = digitgan("health", "--port", port)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == f"digitgan: not ready: http://127.0.0.1:{port}/health/ready answered {said}\n"


def test_health_fails_if_nobody_answers_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        late = digitgan("health", "--port", port, "--timeout", "0.05")
    refused = digitgan("health", "--port", port)
    unknown = digitgan("health", "--host", "nowhere.invalid")
    numbered = digitgan("health", "--host", "::1", "--port", port)
    assert [ended.exit_code for ended in (late, refused, unknown, numbered)] == [1, 1, 1, 1]
    assert late.stderr == f"digitgan: not ready: http://127.0.0.1:{port}/health/ready: timed out\n"
    assert refused.stderr == f"digitgan: not ready: http://127.0.0.1:{port}/health/ready: Connection refused\n"
    assert re.fullmatch(r"digitgan: not ready: http://nowhere.invalid:8000/health/ready: .+\n", unknown.stderr)
    assert numbered.stderr.startswith(f"digitgan: not ready: http://[::1]:{port}/health/ready: ")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_health_refuses_a_port_that_nobody_can_ask(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_PORT", port)
    ended = digitgan("health")
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("digitgan: --port: ")


def test_health_has_the_variables_and_defaults_of_the_settings() -> None:
    options = {option.name: option for option in health.params if option.name in Settings.model_fields}
    assert {*options} == {"host", "port", "unix_socket"}
    for name, option in options.items():
        assert option.envvar == PREFIX + str(name).upper()
        assert option.get_default(click.Context(health)) == Settings.model_fields[str(name)].default


def test_health_fails_as_soon_as_the_service_drains() -> None:
    with serving(DIGITGAN_HOST="0.0.0.0", DIGITGAN_DRAIN_S="600") as service:
        asked = ("health", "--host", "0.0.0.0", "--port", service.url.rpartition(":")[2])
        assert digitgan(*asked).exit_code == 0
        service.process.terminate()
        wait_until(lambda: digitgan(*asked).exit_code == 1)
        assert digitgan(*asked).stderr.endswith(" answered 503\n")
        service.process.terminate()


@pytest.mark.alone
def test_health_takes_little_processor_time(service: httpx.Client) -> None:
    health = ["-m", "digitgan", "health", "--port", str(service.base_url.port)]
    assert processor_s(health) < 2 * processor_s(["-c", "import urllib.request"])
