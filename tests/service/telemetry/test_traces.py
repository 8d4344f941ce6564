"""The spans that a collector receives of a request.

The collector is a real OTLP receiver on loopback; the service is a process set up by the standard variables.
"""

import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from digitgan import __version__
from digitgan.contract.errors import CannotServe, NotInstalled
from digitgan.installation import install_command
from service.telemetry.traces import create_traces
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import serving, wait_until

proto = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="no extra [otel]")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector:
    """Receives OTLP over HTTP; it has the `spans` by name, and what they say `about` their service."""

    def __init__(self) -> None:
        self.spans = {}  # type: ignore[var-annotated] # the protocol's messages have no types
        self.about: dict[str, str] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for resource in proto.ExportTraceServiceRequest.FromString(body).resource_spans:
                    collector.about = {each.key: each.value.string_value for each in resource.resource.attributes}
                    for scope in resource.scope_spans:
                        collector.spans |= {span.name: span for span in scope.spans}
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    return ["--models-dir", str(tmp_path), "--default-model", "tiny", "--access-log", "true"]


def busy_s(span: Any) -> float:
    """Return the seconds for which what a span describes worked."""
    [found] = [each.value.double_value for each in span.attributes if each.key == "digitgan.busy_seconds"]
    return float(found)


def test_request_is_a_span_of_the_clients_trace_with_its_parts_below(collector: Collector, tiny: list[str]) -> None:
    endpoint = f"http://127.0.0.1:{collector.server.server_port}"
    with serving(*tiny, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as service:
        with service.client() as client:
            client.get("/health/live")
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            assert client.post("/generate", json={"seeds": 1}, headers=headers).status_code == 200
        service.end()  # sends the remaining spans
    wait_until(lambda: len(collector.spans) == 4)
    request, *parts = [collector.spans[name] for name in ("POST /generate", "queue", "model", "encode")]
    assert (collector.about["service.name"], collector.about["service.version"]) == ("digitgan", __version__)
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert all(part.parent_span_id == request.span_id for part in parts)
    assert f"trace_id={TRACE}" in service.log
    queue, model, encode = parts
    assert request.start_time_unix_nano < queue.start_time_unix_nano
    assert queue.end_time_unix_nano == model.start_time_unix_nano < model.end_time_unix_nano
    assert model.end_time_unix_nano == encode.start_time_unix_nano < encode.end_time_unix_nano
    assert encode.end_time_unix_nano < request.end_time_unix_nano


def test_span_of_a_kept_picture_has_its_route(collector: Collector, tiny: list[str]) -> None:
    endpoint = f"http://127.0.0.1:{collector.server.server_port}"
    with serving(*tiny, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as service:
        with service.client() as client:
            answers = [client.get("/images/1.png?model=tiny&version=1") for _ in range(2)]
        service.end()
    assert answers[1].headers["server-timing"] == 'cache;desc="hit"'
    wait_until(lambda: len(collector.spans) >= 4)
    assert set(collector.spans) == {"GET /images/{hand}.png", "queue", "model", "encode"}


@pytest.mark.parametrize("is_read", [True, False])
def test_stream_has_the_same_spans_even_if_its_client_leaves(
    collector: Collector, tiny: list[str], *, is_read: bool
) -> None:
    endpoint = f"http://127.0.0.1:{collector.server.server_port}"
    settings = (*tiny, "--batch-images", "16", "--threads", "1")
    named = "service.version=canary"
    with serving(*settings, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_RESOURCE_ATTRIBUTES=named) as service:
        asked: dict[str, Any] = {"json": {"count": 2_000, "scale": 8}, "headers": {"Accept": "application/zip"}}
        with service.client() as client, client.stream("POST", "/generate", **asked) as answer:
            assert answer.status_code == 200
            if is_read:
                answer.read()
        service.end()
    wait_until(lambda: {"queue", "model", "encode"} <= collector.spans.keys())
    request, queue, model, encode = [collector.spans[name] for name in ("POST /generate", "queue", "model", "encode")]
    assert collector.about["service.version"] == "canary", "the operator's own word counts"
    assert all(part.parent_span_id == request.span_id for part in (queue, model, encode))
    assert request.start_time_unix_nano < queue.start_time_unix_nano
    assert queue.end_time_unix_nano == model.start_time_unix_nano == encode.start_time_unix_nano
    assert model.end_time_unix_nano == encode.end_time_unix_nano < request.end_time_unix_nano
    lasted_s = (model.end_time_unix_nano - model.start_time_unix_nano) / 1e9
    assert 0 < busy_s(model) < lasted_s
    assert 0 < busy_s(encode) < lasted_s
    assert "encode_ms=" in service.log


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER=zipkin is not supported: use otlp or none"),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported: use http/protobuf",
        ),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc is not supported: use http/protobuf",
        ),
    ],
)
def test_unsupported_exporter_or_protocol_is_an_error(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], message: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotServe, match=message):
        create_traces()


@pytest.mark.parametrize("variables", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_standard_variables_turn_traces_off(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"} | variables).items():
        monkeypatch.setenv(name, value)
    assert create_traces() is None


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(NotInstalled, match=re.escape(install_command("otel"))):
        create_traces()
