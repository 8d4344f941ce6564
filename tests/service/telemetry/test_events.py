"""What a log tells about the life of a service, from the lines of real processes."""

import json
import logging
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from digitgan import __version__
from service.telemetry import events, logs
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import Service, serving

BY_NAME = {each.name: each for each in events.EVENTS}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Return a folder with a valid version of a model, and one that is spoilt."""
    deploy(tmp_path, a_card(a_graph()), a_graph())
    deploy(tmp_path, a_card(version="2"), b"spoilt")
    return tmp_path


def options(models: Path, *others: str) -> list[str]:
    chosen = ["--models-dir", str(models), "--default-model", "tiny", "--strict-models", "false"]
    return [*chosen, "--log-format", "json", *others]


def read_until(service: Service, name: str, n: int = 1, field: str = "event") -> None:
    """Read the log up to the next n-th line that has a name in a field."""
    assert service.process.stderr is not None
    for line in service.process.stderr:
        service.log += line
        n -= json.loads(line).get(field) == name
        if not n:
            return
    pytest.fail(f"no {field} {name}:\n{service.log}")


def told(service: Service) -> list[dict[str, Any]]:
    """Return the events of a log, each of which has the level and the fields that the documentation gives."""
    found = [line for line in map(json.loads, service.log.splitlines()) if "event" in line]
    for line in found:
        event = BY_NAME[line["event"]]
        assert line["level"] == logging.getLevelName(event.level).lower()
        assert set(event.fields) <= line.keys()
        assert line["pid"] > 0
    return found


def test_events_of_one_process_tell_its_life(models: Path) -> None:
    secret = "https://me:t0p-secret@digits.example"
    with serving(*options(models, "--public-url", secret)) as service:
        service.process.send_signal(signal.SIGHUP)
        read_until(service, "reload")
        deploy(models, a_card(a_graph(), version="3"), a_graph())
        service.process.send_signal(signal.SIGHUP)
        read_until(service, "reload")
        service.end()
    life = told(service)
    refused = ["version_refused"]
    reloads = [*refused, "reload", "version_served", *refused, "reload"]
    assert [each["event"] for each in life] == ["start", *refused, "ready", *reloads, "drain", "stop", "end"]
    assert {each["pid"] for each in life} == {service.process.pid}
    start, first = life[0], life[1]
    assert start["release"] == __version__
    assert start["settings"]["public_url"] == "https://***@digits.example"
    assert (start["settings"]["strict_models"], start["settings"]["log_format"]) == (False, "json")
    assert "max_images" not in start["settings"]
    assert "t0p-secret" not in service.log
    assert (first["model"], first["version"]) == ("tiny", "2")
    assert "its card says" in first["reason"]
    assert [(each["served"], each["refused"]) for each in life if each["event"] == "reload"] == [(0, 1), (1, 1)]
    assert life[-1]["status"] == 0


def test_events_of_workers_name_the_worker(models: Path) -> None:
    with serving(*options(models, "--workers", "2", "--access-log", "true")) as service:
        victim, other = service.workers(2)
        with service.client() as client:
            assert client.post("/generate", json={"seeds": 1}).status_code == 200
        read_until(service, "answered", field="message")  # it may be the victim's, whose last lines are lost with it
        os.kill(victim, signal.SIGKILL)
        read_until(service, "worker_ready")
        service.process.send_signal(signal.SIGHUP)
        read_until(service, "reload", 2)
        service.end()
    [answered] = [each for each in map(json.loads, service.log.splitlines()) if each["message"] == "answered"]
    life = told(service)
    own = [each["event"] for each in life if each["pid"] == service.process.pid]
    assert own == ["start", "worker_ready", "worker_ready", "ready", "worker_lost", "worker_ready", "end"]
    numbers = {each["worker_pid"]: each["worker"] for each in life if each["event"] == "worker_ready"}
    [lost] = [each for each in life if each["event"] == "worker_lost"]
    assert (lost["worker"], lost["worker_pid"], lost["cause"]) == (numbers[victim], victim, "SIGKILL")
    assert answered["worker"] == numbers[answered["pid"]]
    del numbers[victim]
    assert set(numbers.values()) == {0, 1}, "the replacement has the number of the lost worker"
    assert other in numbers
    for pid, number in numbers.items():
        of_worker = [each for each in life if each["pid"] == pid]
        assert [each["event"] for each in of_worker] == [
            "version_refused",
            *("version_refused", "reload"),
            "drain",
            "stop",
        ]
        assert {each["worker"] for each in of_worker} == {number}


def test_workers_say_that_their_supervisor_is_lost(models: Path) -> None:
    with serving(*options(models, "--workers", "2", "--drain-s", "0")) as service:
        workers = service.workers(2)
        service.process.kill()
        read_until(service, "stop", 2)
        service.process.wait()
    life = told(service)
    for pid in workers:
        assert [each["event"] for each in life if each["pid"] == pid][1:] == ["supervisor_lost", "drain", "stop"]


def test_text_of_an_event_has_its_fields_once(caplog: pytest.LogCaptureFixture) -> None:
    events.WORKER_LOST.log(worker=1, worker_pid=77, cause="SIGKILL")
    line = logs.TextLines().format(caplog.records[0])
    assert line.endswith("ERROR   service.events: worker 1 (pid 77) was lost: it ended with SIGKILL")


def test_event_without_a_field_is_an_error() -> None:
    with pytest.raises(KeyError, match="worker_pid"):
        events.WORKER_LOST.log(worker=1, cause="SIGKILL")
