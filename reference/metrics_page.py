"""Knows how the metrics read as a page: those that a service with the committed models has when it has answered once.

Does not know where figures come from.
"""

from pathlib import Path

from prometheus_client import CollectorRegistry

from reference.tables import cell, table
from service.app import create_engine
from service.settings import Settings
from service.telemetry.metrics import Metrics
from service.telemetry.records import RequestRecord, Timing

_MODELS = Path(__file__).parents[1] / "exported"
_HEAD = """# Metrics

`GET /metrics`, in Prometheus' text format. Each has the label `worker`, too: one scrape has the figures of all workers, whichever of
them it reaches ([how to read them, and what to watch](../operations.md#metrics)). Made by `make reference` from
[`service/telemetry/metrics.py`](../../service/telemetry/metrics.py).

"""
_TAIL = """
`process_*` are processor time, memory, descriptors and start of each worker, as every Prometheus client has them. How good the
models' digits are is in [their figures](../benchmarks/quality.md), and in their cards at `GET /models/{model}`.
"""


def page() -> str:
    """Return the page."""
    metrics = Metrics()
    with_engine = create_engine(Settings(models_dir=_MODELS, threads=1))
    try:
        metrics.register_engine(with_engine)
        metrics.create_observer(with_engine.find(None, None).card).ran(1, 0.001)
        timing = Timing("digits", "1", 0.0, 0.0, 0.0, 0.0)
        metrics.record_request(
            RequestRecord("GET", "/", 422, 0.0, "", None, "invalid-request", timing)  # a sample of each
        )
        return _HEAD + _table(metrics.registry) + _TAIL
    finally:
        with_engine.close()


def _table(registry: CollectorRegistry) -> str:
    rows = []
    for family in registry.collect():
        if family.name.startswith("digitgan_"):
            labels = [name for name in family.samples[0].labels if name != "le"]
            bounds = [sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")]
            name = family.name + ("_total" if family.type == "counter" else "")
            upper = ", ".join(f"{float(bound):g}" for bound in dict.fromkeys(bounds) if bound != "+Inf")
            rows.append((f"`{name}`", family.type, ", ".join(labels), cell(family.documentation), upper))
    return table(("metric", "type", "labels", "meaning", "buckets up to"), rows)
