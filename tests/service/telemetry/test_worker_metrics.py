"""One scrape of several real workers."""

import asyncio
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from digitgan.contract.errors import CannotServe
from service.telemetry.worker_metrics import WorkerMetrics, merge
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import Service, is_running, serving, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/net/unix").exists(), reason="needs abstract socket names")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(a_graph()), a_graph())
    with serving("--workers", "2", "--models-dir", str(folder), "--default-model", "tiny") as service:
        yield service


def images(service: Service) -> dict[str, float]:
    """Return how many images each worker has made, by its number, according to one scrape."""
    with service.client() as client:
        families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert len({family.name for family in families}) == len(families), "each metric is described once"
    [counted] = [family for family in families if family.name == "digitgan_images"]
    return {sample.labels["worker"]: sample.value for sample in counted.samples}


def images_of_all(service: Service, n_workers: int) -> dict[str, float]:
    """Return the result of `images` once n workers answer; a scrape leaves out a worker that is too busy."""
    found: dict[str, float] = {}

    def are_complete() -> bool:
        found.clear()
        found.update(images(service))
        return len(found) == n_workers

    wait_until(are_complete)
    return found


def test_any_worker_reports_all_even_after_one_is_replaced(pair: Service) -> None:
    pair.workers(2)
    before = sum(images_of_all(pair, 2).values())
    with pair.client() as client:
        for _ in range(12):
            assert client.post("/generate", json={"seeds": [1, 2]}).status_code == 200
    scrapes = [images_of_all(pair, 2) for _ in range(6)]  # each over a new connection, to either worker
    assert all(scrape == scrapes[0] for scrape in scrapes)
    assert set(scrapes[0]) == {"0", "1"}
    assert sum(scrapes[0].values()) == before + 24

    victim, _ = pair.workers(2)
    pair.process.send_signal(signal.SIGSTOP)  # so that it does not replace the worker yet
    try:
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not is_running(victim))
        [survivor] = images_of_all(pair, 1).items()
    finally:
        pair.process.send_signal(signal.SIGCONT)
    pair.workers(2, without=victim)
    with pair.client() as client:
        wait_until(lambda: client.get("/metrics").text.count("digitgan_worker_restarts_total{") == 2)
        lost = re.findall(
            r'^digitgan_worker_restarts_total{worker="(\d)"} (.*)$', client.get("/metrics").text, re.MULTILINE
        )
    assert dict(lost) == {"0": "1.0", "1": "1.0"}, "each worker knows of the one that was lost"
    after = images_of_all(pair, 2)
    assert set(after) == {"0", "1"}, "the new worker has the number of the old one"
    assert after[survivor[0]] == survivor[1] == scrapes[0][survivor[0]]
    assert sum(after.values()) == survivor[1], "and starts at zero"


def test_openmetrics_of_all_workers_keep_their_exemplars(pair: Service) -> None:
    traces = {f"{i:032x}" for i in range(1, 13)}
    with pair.client() as client:
        for trace in traces:
            headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
            assert client.post("/generate", json={"seeds": [1]}, headers=headers).status_code == 200

    def explained() -> dict[str, set[str]]:
        """Return the traces of the latest requests of each duration, by worker."""
        with pair.client() as client:
            text = client.get("/metrics", headers={"Accept": "application/openmetrics-text"}).text
        found: dict[str, set[str]] = {}
        for family in openmetrics_families(text):  # type: ignore[no-untyped-call]
            if family.name == "digitgan_request_duration_seconds":
                for sample in family.samples:
                    if sample.exemplar:
                        assert sample.labels["route"] == "/generate"
                        assert 0 < sample.exemplar.value <= float(sample.labels["le"])
                        found.setdefault(sample.labels["worker"], set()).add(sample.exemplar.labels["trace_id"])
        return found

    wait_until(lambda: explained().keys() == {"0", "1"})
    assert set().union(*explained().values()) <= traces


def test_merge_describes_each_metric_once() -> None:
    first = b'# HELP a_total What a is.\n# TYPE a_total counter\na_total{worker="0"} 1.0\n'
    second = first.replace(b'"0"} 1.0', b'"1"} 2.0') + b"# HELP b Only here.\n# TYPE b gauge\nb 3.0\n"
    assert merge([first, second, b""]).decode().splitlines() == [
        "# HELP a_total What a is.",
        "# TYPE a_total counter",
        'a_total{worker="0"} 1.0',
        'a_total{worker="1"} 2.0',
        "# HELP b Only here.",
        "# TYPE b gauge",
        "b 3.0",
    ]


def test_merge_ends_openmetrics_once() -> None:
    text = b'# HELP a What a is.\n# TYPE a counter\na_total 1.0 # {trace_id="1"} 0.5\n# EOF\n'
    assert merge([text, b"", text]).decode().splitlines() == [
        "# HELP a What a is.",
        "# TYPE a counter",
        'a_total 1.0 # {trace_id="1"} 0.5',
        'a_total 1.0 # {trace_id="1"} 0.5',
        "# EOF",
    ]


def test_more_processes_than_workers_are_an_error() -> None:
    workers = [WorkerMetrics(CollectorRegistry(), f"127.0.0.1:{os.getpid()}", 2) for _ in range(3)]

    async def claim() -> None:
        async with workers[0].shared(), workers[1].shared():
            with pytest.raises(CannotServe, match="all 2 workers are already running"):
                async with workers[2].shared():
                    pass
        async with workers[2].shared():  # a number is free again once its holder has ended
            pass

    asyncio.run(claim())


def test_worker_has_the_number_that_its_log_has() -> None:
    registry = CollectorRegistry()
    Gauge("a", "What a is.", registry=registry)
    workers = WorkerMetrics(registry, f"127.0.0.1:{os.getpid()}", 2, number=1)

    async def text() -> str:
        async with workers.shared():
            return (await workers.format()).decode()

    assert 'a{worker="1"} 0.0' in asyncio.run(text())


def test_worker_that_does_not_answer_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.telemetry.worker_metrics._TIMEOUT_S", 0.05)
    registry = CollectorRegistry()
    Gauge("a", "What a is.", registry=registry)
    workers = WorkerMetrics(registry, f"127.0.0.1:{os.getpid()}", 2)
    with socket.socket(socket.AF_UNIX) as silent:  # listens, but never answers
        silent.bind(workers.names[0])
        silent.listen()

        async def text() -> str:
            async with workers.shared():
                return (await workers.format()).decode()

        assert asyncio.run(text()).splitlines()[2:] == ['a{worker="1"} 0.0']
