"""OpenTelemetry's traces: whether they are configured, where they go, and the spans within a request.

FastAPI writes the span of the request itself. The SDK is loaded only if the standard variables of the OpenTelemetry
specification ("Environment Variable Specification") ask for traces.
"""

import os
from time import perf_counter, time_ns
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace

from digitgan import __version__
from digitgan.contract.errors import CannotServe, NotInstalled

from .records import PROBES, RequestRecord

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


class Traces:
    """Writes a span for each part of a request, below the span of the request.

    Args:
        provider: where the spans go.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("digitgan", __version__)

    @staticmethod
    def current_trace() -> str | None:
        """Return the id of the trace of the current request."""
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else None

    @staticmethod
    def name_route(method: str, path: str) -> None:
        """Say in the span of the current request which route it has, if no router does."""
        span = trace.get_current_span()
        span.set_attribute("http.route", path)
        span.update_name(f"{method} {path}")

    def close(self) -> None:
        """Send the spans that have not been sent yet."""
        self.provider.shutdown()

    def record_request(self, request: RequestRecord) -> None:
        """Write the spans queue, model and encode of a finished request.

        They follow each other. In a stream, model and encode last until its end, side by side, and their attribute
        ``digitgan.busy_seconds`` says how long they worked; several runs at a time count once each.
        """
        timing = request.timing
        if timing is None:
            return
        ended = time_ns() - int((perf_counter() - timing.ended) * 1e9)
        if timing.stream_s is None:
            runs_until = encodes_from = ended - int(timing.encode_s * 1e9)
            runs_from = runs_until - int(timing.model_s * 1e9)
        else:
            runs_until, runs_from = ended, ended - int(timing.stream_s * 1e9)
            encodes_from = runs_from
        spans = {
            "queue": (runs_from - int(timing.queue_s * 1e9), runs_from),
            "model": (runs_from, runs_until),
            "encode": (encodes_from, ended),
        }
        for name, seconds in timing.parts.items():
            started, ended = spans[name]
            about: dict[str, str | float] = {"digitgan.model": timing.model, "digitgan.version": timing.version}
            about["digitgan.busy_seconds"] = seconds
            self._tracer.start_span(name, start_time=started, attributes=about).end(ended)


def create_telemetry_config(traces: Traces | None) -> TelemetryConfig:
    """Return what FastAPI writes: a span for each request that is neither probe nor scrape, and nothing else."""
    return {
        "tracing": traces is not None,
        "tracer_provider": traces.provider if traces else None,
        "exclude": lambda scope: scope["path"].startswith(PROBES),
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
    }


def create_traces() -> Traces | None:
    """Return what writes traces to the collector that the environment names; None if it names none.

    Raises:
        CannotServe: the environment asks for traces in a way that is not supported; the text names the variable.
        NotInstalled: the extra ``otel`` is not installed.
    """
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if is_disabled or exporter == "none" or not any(os.environ.get(name) for name in _ENDPOINTS):
        return None
    if exporter != "otlp":
        raise CannotServe(f"OTEL_TRACES_EXPORTER={exporter} is not supported: use otlp or none")
    name = next(filter(os.environ.get, _PROTOCOLS), None)
    if name and os.environ[name] != "http/protobuf":
        raise CannotServe(f"{name}={os.environ[name]} is not supported: use http/protobuf")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NotInstalled("trace export, which OTEL_ variables request,", "the OpenTelemetry SDK", "otel") from error
    given = Resource.create()  # from OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
    resource = Resource({"service.version": __version__}).merge(given)
    if str(given.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "digitgan"}))
    try:
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    except ValueError as error:  # the SDK ignores most values that it cannot read, but not all
        raise CannotServe(f"OTEL_ variables hold a value that OpenTelemetry does not accept: {error}") from error
    return Traces(provider)
