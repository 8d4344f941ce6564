"""The page of the metrics that a service with the committed models has once it has answered a request."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from digitgan.engine.budget import Budget
from digitgan.engine.loading import create_engine, create_repository
from reference.tables import cell, table
from service.settings import Settings
from service.telemetry.metrics import Metrics
from service.telemetry.records import RequestRecord, Timing

_MODELS = Path(__file__).parents[1] / "exported"
_HEAD = """# Metrics

`GET /metrics`, in Prometheus' text format, or as OpenMetrics if `Accept` prefers it. Each metric also has the label `worker`: one
scrape returns the figures of all workers, whichever of them answers ([how to read them, and what to
watch](../operations.md#metrics)). `make reference` makes this page from
[`service/telemetry/metrics.py`](../../service/telemetry/metrics.py).

"""
_TAIL = """
`process_*` are the processor time, memory, file descriptors and start time of each worker, as every Prometheus client reports them.
The quality of the models' digits is in [their figures](../benchmarks/quality.md), and in their cards at `GET /models/{model}`.
"""


def page() -> str:
    """Return the page."""
    metrics = Metrics()
    settings = Settings(models_dir=_MODELS, threads=1)
    with_engine = create_engine(settings)
    try:
        metrics.register_engine(with_engine)
        metrics.register_repository(create_repository(settings))
        metrics.register_budgets({"bodies": Budget(1)})
        metrics.create_observer(with_engine.find(None, None).card).ran(1, 0.001)
        timing = Timing("digits", "1", 0.0, 0.0, 0.0, 0.0)
        metrics.record_request(
            RequestRecord("GET", "/", "/", 422, 0, 0.0, "", None, "invalid-request", timing)  # a sample of each
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
