"""What an operator reads in the log of a running service.

The service is a process of its own: what counts is what reaches stderr, from its start to its end.
"""

import json
import logging
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from service.telemetry.logs import JsonLines, TextLines
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {
    "Authorization": "Bearer t0p-secret",
    "Cookie": "session=t0p-secret",
    "X-Request-Id": "mine",
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
}


def lines_of(tmp_path: Path, *arguments: str) -> list[str]:
    """Return what a service logs while it answers a request for an image, two for nothing, probes, and nonsense."""
    deploy(tmp_path, a_card(a_graph()), a_graph())
    tiny = ["--models-dir", str(tmp_path), "--default-model", "tiny"]
    with serving(*tiny, "--access-log", "true", *arguments) as service:
        with service.client() as client:
            assert client.post("/generate", json={"seeds": 1}, headers=HEADERS).status_code == 200
            assert client.get("/nothing%0Ahere?key=t0p-secret", headers=HEADERS).status_code == 400
            assert client.get("/nothing", headers=HEADERS).status_code == 404
            for probe in ("/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/metrics"):
                assert client.get(probe, headers=HEADERS).status_code == 200
            with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as broken:
                broken.sendall(b"nonsense\r\n\r\n")
                assert b" 400 " in broken.recv(4096)
        service.end()
    return service.log.splitlines()


def test_json_lines_describe_a_request_without_its_secrets(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "--log-format", "json")
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert all({"time", "level", "logger", "message"} <= record.keys() for record in records)
    assert any(record["logger"].startswith("uvicorn") for record in records), "the web server logs in the same format"
    made, wrong, refused = [record for record in records if record["logger"] == "service.access"]
    assert made["time"].endswith("Z")
    assert (made["request_id"], made["trace_id"]) == ("mine", TRACE)
    assert (made["method"], made["route"], made["status"]) == ("POST", "/generate", 200)
    assert 0 < made["model_ms"] < made["duration_ms"]
    assert made["queue_ms"] >= 0
    assert made["encode_ms"] > 0
    assert (made["path"], wrong["path"], refused["path"]) == ("/generate", "/nothing%0Ahere", "/nothing")
    assert made["bytes"] > 100
    assert (refused["status"], refused["problem"]) == (404, "not-found")
    assert "route" not in refused
    assert "t0p-secret" not in "".join(lines)


def test_probes_and_scrapes_are_logged_on_demand(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "--access-log-probes", "true")
    assert sum("path=/health/" in line for line in lines) == 2
    assert sum("path=/v2/health/" in line for line in lines) == 2
    assert sum("path=/metrics" in line for line in lines) == 1


def test_text_lines_have_fields_as_name_and_value() -> None:
    about = {"request_id": "mine", "trace_id": None, "status": 200}
    record = logging.makeLogRecord({"name": "service.access", "levelname": "INFO", "msg": "answered", "created": 0.25})
    vars(record).update(about)
    assert (
        TextLines().format(record)
        == "1970-01-01T00:00:00.250Z INFO    service.access: answered request_id=mine status=200"
    )


def test_text_line_is_one_line_whatever_it_names() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s is refused", ("2\n\x1b[2J\udcff forged",), None)
    assert TextLines().format(record).endswith(r"2\n\x1b[2J\udcff forged is refused")


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_exception_is_logged_with_its_cause(formatter: logging.Formatter) -> None:
    try:
        int("the cause")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed %d", (7,), sys.exc_info())
    line = formatter.format(record)
    assert "failed 7" in line
    assert "ValueError: invalid literal for int() with base 10: 'the cause'" in (
        json.loads(line)["exception"] if line.startswith("{") else line
    )
