"""What one server process costs while it is idle, and how it ends.

The bounds leave slack for a busy machine; docs/benchmarks/performance.md has the figures of a quiet one.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, ROOT, Service, cpu_s, pss_kib, serving, wait_until, without_events

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def all_models() -> Iterator[Service]:
    with serving() as service:
        yield service


def test_start_costs_little_more_than_importing_the_libraries(all_models: Service) -> None:
    libraries = "import fastapi, numpy, onnxruntime, os, uvicorn, pydantic_settings; print(sum(os.times()[:2]))"
    bare_s = float(subprocess.run([sys.executable, "-c", libraries], capture_output=True, check=True, cwd=ROOT).stdout)
    assert cpu_s(all_models.process.pid) < 2 * bare_s + 0.5


def n_threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_models_take_little_memory_and_no_threads_of_their_own(
    all_models: Service, models_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "digits").symlink_to(models_dir / "digits")
    assert pss_kib(all_models.process.pid) < 110 * 1024
    with serving("--models-dir", str(tmp_path)) as one:  # shared memory counts half for each
        one_kib, all_kib = (pss_kib(each.process.pid) for each in (one, all_models))
        threads_with_one, threads_with_all = (n_threads(each.process.pid) for each in (one, all_models))
    assert one_kib < 85 * 1024
    n_more = len(list(models_dir.iterdir())) - 1
    assert all_kib - one_kib < n_more * 8 * 1024
    assert threads_with_one == threads_with_all


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signal_ends_the_server_in_order(number: signal.Signals, status: int) -> None:
    with serving() as service:
        assert service.end(number) == status
    assert "Traceback" not in service.log


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_loading_server_ignores_hangup_and_ends_at_a_signal(
    tmp_path: Path, number: signal.Signals, status: int, workers: str
) -> None:
    loads = tmp_path / "loads"
    (tmp_path / "uvicorn.py").write_text(
        f"import pathlib, time\npathlib.Path({str(loads)!r}).touch()\ntime.sleep(60)\n"
    )
    service = Service("--workers", workers, PYTHONPATH=str(tmp_path))
    wait_until(loads.exists)
    service.process.send_signal(signal.SIGHUP)
    service.process.send_signal(number)
    _, log = service.process.communicate(timeout=PATIENCE_S)
    assert (service.process.returncode, without_events(log)) == (status, "")


def test_objects_made_before_ready_are_frozen_for_the_collector(models_dir: Path) -> None:
    program = """
import gc, os, signal, sys, threading, time
from pathlib import Path
from service.process.server import serve
from service.settings import Settings

def end_when_frozen() -> None:
    while not (code := gc.get_freeze_count()):
        time.sleep(0.001)
    while (everything := gc.get_freeze_count()) < code + 10_000:
        time.sleep(0.001)
    print(code, everything - code)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_when_frozen, daemon=True).start()
sys.exit(serve(Settings(port=0, drain_s=0, models_dir=Path(sys.argv[1]))))
"""
    command = [sys.executable, "-c", program, str(models_dir)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 0, ended.stderr
    code, since = map(int, ended.stdout.split())
    assert code > 10_000
    assert since >= 10_000


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the arguments that serve a tiny model."""
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    return "--models-dir", str(folder), "--default-model", "tiny"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_server_ends_by_itself_after_the_drain(tiny: tuple[str, ...], workers: str) -> None:
    with serving(*tiny, "--drain-s", "1", "--workers", workers) as service:
        started = monotonic()
        assert service.end() == 0
        assert monotonic() - started > 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_draining_server_answers_and_is_not_ready(tiny: tuple[str, ...], workers: str) -> None:
    with (
        serving(*tiny, "--drain-s", "3000", "--workers", workers) as service,
        httpx.Client(base_url=service.url, timeout=PATIENCE_S) as kept,
    ):
        assert kept.get("/health/ready").status_code == 200
        service.process.terminate()
        with service.client() as client:  # a new connection each time
            wait_until(lambda: client.get("/health/ready").status_code == 503)
            refused = client.get("/health/ready")
            assert refused.json()["type"] == "/problems/draining"
            assert client.get("/v2/health/ready").status_code == 503
            assert client.get("/health/live").status_code == 200
        answers = [kept.post("/generate", json={"seeds": seed}) for seed in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert all(answer.headers["connection"] == "close" for answer in answers[1:])
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_idle_connections_do_not_delay_the_end(tiny: tuple[str, ...], workers: str) -> None:
    with (
        serving(*tiny, "--grace-s", "3000", "--workers", workers) as service,
        httpx.Client(base_url=service.url, timeout=PATIENCE_S) as kept,
    ):
        assert kept.get("/health/ready").status_code == 200
        assert service.end() == 0


@pytest.mark.parametrize(("workers", "second"), [("1", signal.SIGTERM), ("2", signal.SIGINT)])
def test_second_signal_skips_the_drain(tiny: tuple[str, ...], workers: str, second: signal.Signals) -> None:
    with serving(*tiny, "--drain-s", "3000", "--workers", workers) as service:
        service.process.terminate()
        with service.client() as client:
            wait_until(lambda: client.get("/health/ready").status_code == 503)
        service.end(second)
    assert "Traceback" not in service.log


PLAIN_NDJSON = {
    "Accept": "application/x-ndjson",
    "Accept-Encoding": "identity",
}  # gzip would shrink equal lines to little
STREAM: dict[str, Any] = {"headers": PLAIN_NDJSON, "json": {"seeds": list(range(30_000))}}


def test_stream_in_progress_is_finished(tiny: tuple[str, ...]) -> None:
    with (
        serving(*tiny, "--grace-s", "100") as service,
        service.client() as client,
        client.stream("POST", "/generate", **STREAM) as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        service.process.terminate()
        assert sum(1 for _ in lines) == 30_000 - 1
        assert service.process.wait(PATIENCE_S) == 0


def test_unread_stream_is_cut_off_after_the_grace(tiny: tuple[str, ...]) -> None:
    with serving(*tiny, "--grace-s", "1") as service, service.client() as client:
        longer_than_buffers = STREAM | {"json": {"seeds": list(range(100_000))}}
        with client.stream("POST", "/generate", **longer_than_buffers):
            started = monotonic()
            assert service.end() == 0
            assert 1 <= monotonic() - started < 30
