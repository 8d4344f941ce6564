"""Every metric of one process: name, meaning, labels, buckets, and where each figure comes from.

Figures that can be read at a scrape are read then. The rest costs a request about ten microseconds: the child of each
label is bound once, and no label comes from what a client writes.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digitgan import __version__
from digitgan.contract.card import Card
from digitgan.engine.budget import Budget
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository

from .records import RequestRecord

disable_created_metrics()  # type: ignore[no-untyped-call] # they double the samples, and Prometheus ignores them

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)  # a model run has at most `batch_images`, by default 64
_MODEL = ("model", "version")


class Metrics:
    """Counts what happens in this process; `registry` has all of it."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "digitgan_requests", "Requests answered, by route and status.", ("route", "status"), registry=registry
        )
        self._duration = Histogram(
            "digitgan_request_duration_seconds",
            "From the request's head to the last byte of its answer, by route.",
            ("route",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._rejected = Counter(
            "digitgan_rejected_requests",
            "Requests answered with a problem, by the last part of the problem's type.",
            ("reason",),
            registry=registry,
        )
        self._chosen = Counter(
            "digitgan_weighted_requests",
            "Requests that named no version, by the version that the weights gave them to.",
            _MODEL,
            registry=registry,
        )
        self._images = Counter("digitgan_images", "Images made by the model.", _MODEL, registry=registry)
        self._batch = Histogram(
            "digitgan_batch_images", "Images in one model run.", _MODEL, registry=registry, buckets=_IMAGES
        )
        self._queue = Histogram(
            "digitgan_queue_seconds",
            "How long a request's first image waited for the model.",
            _MODEL,
            registry=registry,
            buckets=_SECONDS,
        )
        self._run = Histogram(
            "digitgan_model_run_seconds", "Duration of one model run.", _MODEL, registry=registry, buckets=_SECONDS
        )
        self._encode = Histogram(
            "digitgan_encode_seconds",
            "From pixels to the body of an answer that is made whole.",
            _MODEL,
            registry=registry,
            buckets=_SECONDS,
        )
        ProcessCollector(registry=registry)
        self._request_children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._encode_children: dict[tuple[str, str], Histogram] = {}

    def create_observer(self, card: Card) -> "ModelMetrics":
        """Return the observer of a model version."""
        labels = card.model, card.version
        return ModelMetrics(
            self._chosen.labels(*labels),
            self._images.labels(*labels),
            self._batch.labels(*labels),
            self._queue.labels(*labels),
            self._run.labels(*labels),
        )

    def register_engine(self, engine: Engine) -> None:
        """Read an engine's queue and models at each scrape."""
        self.registry.register(_EngineCollector(engine))

    def register_repository(self, repository: Repository) -> None:
        """Read at each scrape how many versions a repository refuses."""
        self.registry.register(_RepositoryCollector(repository))

    def register_budgets(self, budgets: Mapping[str, Budget]) -> None:
        """Read budgets of memory, by what they are for, at each scrape."""
        self.registry.register(_BudgetCollector(budgets))

    def record_request(self, request: RequestRecord) -> None:
        """Count a finished request."""
        key = request.route, request.status
        children = self._request_children.get(key)
        if children is None:
            children = self._requests.labels(request.route, request.status), self._duration.labels(request.route)
            self._request_children[key] = children
        answered, duration = children
        answered.inc()
        duration.observe(request.seconds)
        if request.problem:
            self._rejected.labels(request.problem).inc()
        timing = request.timing
        if timing:
            model_labels = timing.model, timing.version
            encode = self._encode_children.get(model_labels)
            if encode is None:
                encode = self._encode_children[model_labels] = self._encode.labels(*model_labels)
            encode.observe(timing.encode_s)


class ModelMetrics:
    """Counts the work of one model version."""

    def __init__(self, chosen: Counter, images: Counter, batch: Histogram, queue: Histogram, run: Histogram) -> None:
        self._chosen = chosen
        self._images = images
        self._batch = batch
        self._queue = queue
        self._run = run

    def chosen(self) -> None:
        """Count a request without a version."""
        self._chosen.inc()

    def waited(self, queue_s: float) -> None:
        """Count a request whose images have been made."""
        self._queue.observe(queue_s)

    def ran(self, n_images: int, model_s: float) -> None:
        """Count a model run."""
        self._images.inc(n_images)
        self._batch.observe(n_images)
        self._run.observe(model_s)


class _EngineCollector(Collector):
    """Reads an engine at each scrape, so that requests pay nothing and a reloaded model shows at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterable[Metric]:
        """Yield the present figures of the engine."""
        engine = self._engine
        yield _gauge("digitgan_queue_images", "Images that wait or are being made.", [({}, engine.admitted_images)])
        yield _gauge("digitgan_queue_limit_images", "Most images admitted at a time.", [({}, engine.queue_images)])
        yield _gauge(
            "digitgan_encodings_waiting", "Encodings that wait for their turn.", [({}, engine.lanes.n_waiting)]
        )
        yield _gauge("digitgan_build_info", "Always 1; the service's version.", [({"release": __version__}, 1)])
        served = [({"model": each.card.model, "version": each.card.version}, each) for each in engine.backends]
        yield _gauge(
            "digitgan_model_info",
            "Always 1; which file of a model runs on which execution provider.",
            [
                (
                    labels
                    | {"provider": each.provider, "precision": each.card.precision, "sha256": each.card.file.sha256},
                    1,
                )
                for labels, each in served
            ],
        )
        yield _gauge(
            "digitgan_version_share",
            "Share of the requests without a version that this version gets, from 0 to 1.",
            [
                ({"model": model, "version": version}, share)
                for model in engine.models
                for version, share in engine.shares(model).items()
            ],
        )
        yield _gauge(
            "digitgan_model_reproduces_card",
            "1 if the card's golden seeds gave the card's pixels at start, else 0.",
            [(labels, each.reproduces_card) for labels, each in served],
        )
        yield _gauge(
            "digitgan_model_nodes",
            "Nodes of the model's graph, by the execution provider that runs them.",
            [(labels | {"provider": name}, n) for labels, each in served for name, n in each.nodes.items()],
        )


class _RepositoryCollector(Collector):
    """Reads the refused versions at each scrape."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def collect(self) -> Iterable[Metric]:
        """Yield their number."""
        yield _gauge(
            "digitgan_refused_versions",
            "Versions in the models folder that are not served as they are there.",
            [({}, len(self._repository.refused))],
        )


class _BudgetCollector(Collector):
    """Reads the budgets of memory at each scrape."""

    def __init__(self, budgets: Mapping[str, Budget]) -> None:
        self._budgets = [({"purpose": purpose}, budget) for purpose, budget in budgets.items()]

    def collect(self) -> Iterable[Metric]:
        """Yield the present figures."""
        yield _gauge(
            "digitgan_memory_bytes",
            "Memory that is taken from the budget of encoding, bodies or unsent answers.",
            [(labels, budget.used_bytes) for labels, budget in self._budgets],
        )
        yield _gauge(
            "digitgan_memory_limit_bytes",
            "Most memory that may be taken from the budget.",
            [(labels, budget.limit_bytes) for labels, budget in self._budgets],
        )
        refused = CounterMetricFamily(
            "digitgan_memory_refusals", "Requests refused because the budget had no room.", labels=["purpose"]
        )
        for labels, budget in self._budgets:
            refused.add_metric(list(labels.values()), budget.n_refused)
        yield refused


def _gauge(name: str, documentation: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = GaugeMetricFamily(name, documentation)
    for labels, value in samples:
        family.add_sample(name, labels, value)
    return family
