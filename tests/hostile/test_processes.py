"""A replica survives stuck workers, a second service on its port, endless loads and signals at any moment."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, Service, children, is_running, serving, wait_until, without_events

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc"),
]

# Takes the place of a package that the service imports, so that a phase of the start lasts as long as a test needs.
_SLOW_MODULE = "import pathlib, time\npathlib.Path({marker!r}).touch()\ntime.sleep(600)\n"
# Makes each load of a model call a C function that returns after ten minutes, like a graph that is folded forever.
_ENDLESS_LOAD = """
import ctypes, pathlib
import digitgan.engine.repository as repository

def endless(folder, card):
    if folder.name in {versions!r}:
        pathlib.Path({marker!r}).touch()
        ctypes.CDLL(None).sleep(600)
    return read(folder, card)

read, repository.read_model_file = repository.read_model_file, endless
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the arguments that serve a tiny model."""
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    return "--models-dir", str(folder), "--default-model", "tiny"


def free_port() -> str:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


# Each pair of numbers with one of the options; the other pairs show the same again.
@pytest.mark.parametrize(
    ("option", "first", "second"),
    [
        ("--port", "2", "4"),
        ("--port", "1", "1"),
        ("--admin-port", "2", "1"),
        ("--admin-port", "1", "2"),
        pytest.param("--port", "2", "1", marks=pytest.mark.slow),
        pytest.param("--port", "1", "2", marks=pytest.mark.slow),
        pytest.param("--admin-port", "2", "4", marks=pytest.mark.slow),
        pytest.param("--admin-port", "1", "1", marks=pytest.mark.slow),
    ],
)
def test_second_service_on_a_port_refuses_to_start_beside_one_that_loads(
    tiny: tuple[str, ...], option: str, first: str, second: str
) -> None:
    port = free_port()
    with_port = (*tiny, option, port)
    with ending(Service(*with_port, "--workers", first)) as running:
        n_sockets = 1 if option == "--port" else 2  # of which the last is bound long before another process has started
        wait_until(lambda: count_sockets(running.process.pid) >= n_sockets)
        refused = Service(*with_port, "--workers", second)
        _, log = refused.process.communicate(timeout=PATIENCE_S)
        assert without_events(log) == f"digitgan: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        assert refused.process.returncode == 3
        running.wait_until_ready()
    assert running.process.returncode == 0


@contextmanager
def ending(service: Service) -> Iterator[Service]:
    """End a service after the block, ready or not."""
    assert service.process.stderr is not None
    with service.process.stderr:
        try:
            yield service
        finally:
            service.end()


def count_sockets(pid: int) -> int:
    """Return the number of sockets that a process has open, whether or not they listen."""
    n = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            n += str(descriptor.readlink()).startswith("socket:")
    return n


def test_stopped_worker_is_replaced_and_the_others_answer_meanwhile(tiny: tuple[str, ...]) -> None:
    with serving(*tiny, "--workers", "2", "--worker-timeout-s", "4") as service:
        stuck, other = service.workers(2)
        os.kill(stuck, signal.SIGSTOP)
        stopped_at, slowest_s = monotonic(), 0.0
        with service.client() as client:
            while is_running(stuck):
                began = monotonic()
                if began - stopped_at > 3:  # the other no longer leaves new connections to it
                    assert client.get("/health/live").status_code == 200
                    slowest_s = max(slowest_s, monotonic() - began)
                assert began - stopped_at < PATIENCE_S
                sleep(0.01)
        assert monotonic() - stopped_at > 3
        print(f"replaced after {monotonic() - stopped_at:.1f} s; slowest answer {slowest_s * 1e3:.1f} ms")
        assert other in service.workers(2, without=stuck)
        service.end()
    assert f"(pid {stuck}) has not responded for 4 s and is killed" in service.log


def test_pause_of_all_processes_replaces_no_worker(tiny: tuple[str, ...]) -> None:
    with serving(*tiny, "--workers", "2", "--worker-timeout-s", "3") as service:
        workers = service.workers(2)
        everything = [service.process.pid, *children(service.process.pid)]
        for number, pause_s in ((signal.SIGSTOP, 6.0), (signal.SIGCONT, 4.0)):
            for pid in everything:
                os.kill(pid, number)
            sleep(pause_s)
        assert service.workers(2) == workers
        service.end()
    assert "has not responded" not in service.log


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_signal_ends_a_service_in_an_endless_load(
    tiny: tuple[str, ...], tmp_path: Path, workers: str, number: signal.Signals, status: int
) -> None:
    marker = tmp_path / "loads"
    (tmp_path / "sitecustomize.py").write_text(_patch({"1"}, marker))
    service = Service(*tiny, "--workers", workers, PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    wait_until(marker.exists)
    began = monotonic()
    service.process.send_signal(number)
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert (service.process.returncode, without_events(log)) == (status, "")
    assert monotonic() - began < 10


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signal_ends_a_service_that_reloads_endlessly_within_the_grace(tmp_path: Path, workers: str) -> None:
    marker, models = tmp_path / "loads", tmp_path / "models"
    deploy(models, a_card(a_graph()), a_graph())
    (tmp_path / "sitecustomize.py").write_text(_patch({"2"}, marker))
    path = f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"
    tiny = ("--models-dir", str(models), "--default-model", "tiny", "--grace-s", "1")
    with serving(*tiny, "--workers", workers, PYTHONPATH=path) as service:
        deploy(models, a_card(a_graph(), version="2"), a_graph())
        service.process.send_signal(signal.SIGHUP)
        wait_until(marker.exists)
        began = monotonic()
        assert service.end() == 0
        assert monotonic() - began < 5
    assert "a thread has not ended in time" in service.log


def _patch(versions: set[str], marker: Path) -> str:
    """Return a module that makes the service load some versions endlessly, once it has imported the repository."""
    patch = _ENDLESS_LOAD.format(versions=versions, marker=str(marker))
    return f"""
import sys
from importlib.abc import MetaPathFinder

class Patch(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "service.app":
            sys.meta_path.remove(self)
            exec({patch!r}, {{}})

sys.meta_path.insert(0, Patch())
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_hangups_from_the_first_moment_end_no_process(tiny: tuple[str, ...], workers: str) -> None:
    is_over = False

    def hang_up() -> None:
        while not is_over:
            for pid in (service.process.pid, *children(service.process.pid)):
                os.kill(pid, signal.SIGHUP)
            sleep(0.02)

    thread = Thread(target=hang_up)
    with ending(Service(*tiny, "--workers", workers)) as service:
        wait_until(lambda: _ignores_or_handles(service.process.pid, signal.SIGHUP), pause_s=0.001)
        thread.start()
        try:
            service.wait_until_ready()
        finally:
            is_over = True
            thread.join()
    assert service.process.returncode == 0
    assert not re.search(r"was lost|Traceback", service.log), service.log


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signal_while_options_are_imported_ends_in_order(tmp_path: Path, number: signal.Signals, status: int) -> None:
    marker = tmp_path / "imports"
    (tmp_path / "pydantic_settings.py").write_text(_SLOW_MODULE.format(marker=str(marker)))
    service = Service(PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    wait_until(marker.exists)
    service.process.send_signal(signal.SIGHUP)
    service.process.send_signal(number)
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert (service.process.returncode, without_events(log)) == (status, "")


def _ignores_or_handles(pid: int, number: signal.Signals) -> bool:
    """Return whether a signal does not have its default action in a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    masks = re.findall(r"Sig(?:Ign|Cgt):\s+(\w+)", status)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)
