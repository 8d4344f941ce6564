"""What an operator sees of the workers: one port, replacement, an orderly end.

All processes are real. A busy machine takes seconds to start a worker, so the bounds are wide.
"""

import itertools
import json
import os
import re
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime

import httpx
import pytest

from service.process import supervisor
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import (
    CHECKOUT,
    PATIENCE_S,
    Service,
    children,
    is_running,
    pss_kib,
    serving,
    started_s,
    wait_until,
    without_events,
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    return str(folder)


@pytest.fixture(scope="module")
def pair(tiny: str) -> Iterator[Service]:
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny") as service:
        yield service


def is_answered(client: httpx.Client) -> bool:
    try:
        return client.post("/generate", json={"seeds": 1}).status_code == 200
    except httpx.TransportError:  # the connection belonged to the dead worker
        return False


def test_both_workers_answer_on_one_port(pair: Service) -> None:
    pair.workers(2)
    with pair.client() as client:
        assert all(is_answered(client) for _ in range(20))


def test_killed_worker_is_replaced_while_the_other_serves(pair: Service) -> None:
    victim, other = pair.workers(2)
    served, is_enough = [], threading.Event()

    def load() -> None:
        with pair.client() as client:
            while not is_enough.is_set():
                served.append(is_answered(client))

    thread = threading.Thread(target=load)
    thread.start()
    try:
        wait_until(lambda: len(served) > 5)
        killed = clock_gettime(CLOCK_BOOTTIME)
        os.kill(victim, signal.SIGKILL)
        after = pair.workers(2, without=victim)
    finally:
        is_enough.set()
        thread.join()
    assert other in after
    [replacement] = set(after) - {other}
    assert started_s(replacement) - killed < 2
    assert served.count(False) <= 2, "only the requests of the dead worker are lost"
    with pair.client() as client:
        assert all(is_answered(client) for _ in range(20))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signal_ends_all_processes_in_order(tiny: str, number: signal.Signals, status: int) -> None:
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny") as service:
        started = children(service.process.pid)
        assert service.end(number) == status
    wait_until(lambda: not any(map(is_running, started)))
    assert "Traceback" not in service.log


@pytest.mark.parametrize(("number", "status", "n_started"), [(signal.SIGTERM, 0, 1), (signal.SIGINT, 130, 8)])
def test_signal_while_workers_start_ends_all_in_order(
    tiny: str, number: signal.Signals, status: int, n_started: int
) -> None:
    service = Service("--workers", "16", "--models-dir", tiny, "--default-model", "tiny")
    wait_until(lambda: len(children(service.process.pid)) >= n_started, pause_s=0.001)
    started = children(service.process.pid)
    for pid in (*started, service.process.pid) if number == signal.SIGINT else [service.process.pid]:
        os.kill(pid, number)  # as a terminal, or as whatever runs the service
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert service.process.returncode == status
    assert not re.search("Traceback|WARNING|ERROR", log)
    assert not any(map(is_running, started))


def test_hangup_makes_every_worker_reload(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    with serving("--workers", "2", "--models-dir", str(tmp_path), "--default-model", "tiny") as service:
        deploy(tmp_path, a_card(a_graph(), version="2"), a_graph())
        service.process.send_signal(signal.SIGHUP)
        with service.client() as client:  # a new connection each time, to either worker

            def is_reloaded_everywhere() -> bool:
                return {client.get("/models/tiny").json()["version"] for _ in range(20)} == {"2"}

            wait_until(is_reloaded_everywhere)


def test_worker_that_does_not_end_is_killed_after_the_grace(tiny: str) -> None:
    grace = ("--grace-s", "0.5")
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny", *grace) as service:
        stuck, _ = service.workers(2)
        os.kill(stuck, signal.SIGSTOP)
        assert service.end() == 0
    assert f"(pid {stuck}) has not ended in time and is killed" in service.log


def test_failed_start_is_retried_while_the_others_serve(tiny: str) -> None:
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny") as service:
        victim, other = service.workers(2)
        usual = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (8, usual[1]))  # open ones stay open
        os.kill(victim, signal.SIGKILL)
        assert service.process.stderr is not None
        assert any("cannot start a worker: Too many open files" in line for line in service.process.stderr)
        with service.client() as client:
            assert is_answered(client)
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, usual)
        assert other in service.workers(2, without=victim)


def test_pause_starts_at_the_first_pause_and_doubles_up_to_the_longest() -> None:
    pauses = [supervisor.pause_s(n) for n in range(1, 20)]
    assert pauses[0] == supervisor._FIRST_PAUSE_S
    assert all(later == min(2 * earlier, supervisor._MAX_PAUSE_S) for earlier, later in itertools.pairwise(pauses))
    assert pauses[-1] == supervisor.pause_s(1_000_000) == supervisor._MAX_PAUSE_S


def test_replacement_serves_valid_models_beside_an_invalid_one(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    with serving("--workers", "2", "--models-dir", str(tmp_path), "--default-model", "tiny") as service:
        deploy(tmp_path, a_card(version="2"), b"onnX")
        victim, _ = service.workers(2)
        os.kill(victim, signal.SIGKILL)
        service.workers(2, without=victim)


def test_workers_serve_when_the_log_is_closed(tiny: str) -> None:
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny") as service:
        assert service.process.stderr is not None
        service.process.stderr.close()
        victim, _ = service.workers(2)
        os.kill(victim, signal.SIGKILL)
        service.workers(2, without=victim)
        with service.client() as client:
            assert all(is_answered(client) for _ in range(5))
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0


def test_workers_do_not_outlive_a_killed_supervisor(tiny: str) -> None:
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny") as service:
        workers = service.workers(2)
        service.process.kill()
        wait_until(lambda: not any(map(is_running, workers)))


def test_reason_why_workers_cannot_start_is_one_error(tmp_path: Path) -> None:
    service = Service("--workers", "2", "--models-dir", str(tmp_path), "--log-format", "json")
    _, log = service.process.communicate(timeout=PATIENCE_S)
    start, error = map(json.loads, log.splitlines())
    assert (start["event"], error["event"], error["level"]) == ("start", "failed", "error")
    assert re.fullmatch(r"the models folder .* holds no model.*", error["reason"])
    assert service.process.returncode == 3


def test_supervisor_gives_up_on_workers_that_die_at_start(tmp_path: Path, tiny: str) -> None:
    dies = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    (tmp_path / "uvloop.py").write_text(dies)  # which workers load, when their models are loaded
    of_tiny = ("--models-dir", tiny, "--default-model", "tiny")
    service = Service("--workers", "2", *of_tiny, PYTHONPATH=str(tmp_path))
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert re.search(r"ERROR .*worker \d \(pid \d+\) was lost: it ended with SIGKILL\n", log)
    assert re.search(r"\ndigitgan: [56] workers in a row did not become ready; the last one: it .* SIGKILL\n$", log)
    assert service.process.returncode == 3


def test_occupied_port_is_named() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as another digitgan service would
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        service = Service("--workers", "2", "--port", str(port))
        _, log = service.process.communicate(timeout=PATIENCE_S)
    assert without_events(log) == f"digitgan: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert service.process.returncode == 3


@pytest.mark.skipif(sys.platform != "linux", reason="workers fork on Linux alone")
def test_supervisor_has_all_code_and_neither_a_model_nor_another_process(pair: Service) -> None:
    pid = pair.process.pid
    mapped = Path(f"/proc/{pid}/maps").read_text()
    assert "onnxruntime" in mapped
    assert "uvloop" not in mapped, "each worker starts its own event loop"
    names = sorted(path.read_text().strip() for path in Path(f"/proc/{pid}/task").glob("*/comm"))
    assert len(names) == 2, f"threads other than that of the log: {names}"
    assert children(pid) == {*pair.workers(2)}


def test_workers_serve_and_end_where_they_are_spawned(tiny: str) -> None:
    program = (
        "import sys; from service.process import supervisor; supervisor._IS_FORKING = False; "
        "from digitgan.__main__ import main; sys.exit(main())"
    )
    spawning = CHECKOUT._replace(command=[sys.executable, "-c", program])
    with serving("--workers", "2", "--models-dir", tiny, "--default-model", "tiny", of=spawning) as service:
        workers = service.workers(2)
        assert "onnxruntime" not in Path(f"/proc/{service.process.pid}/maps").read_text()
        with service.client() as client:
            assert all(is_answered(client) for _ in range(4))
        service.process.kill()
        wait_until(lambda: not any(map(is_running, workers)))


def test_two_workers_and_their_supervisor_stay_small() -> None:
    with serving("--workers", "2") as service:
        with service.client() as client:
            assert all(is_answered(client) for _ in range(4))
        assert sum(map(pss_kib, (service.process.pid, *children(service.process.pid)))) < 190 * 1024
