"""Every metric of one process: name, meaning, labels, buckets, and where each figure comes from.

Figures that can be read at a scrape are read then. What a request records costs it about a microsecond, and no label
comes from what a client writes. Series whose labels are known at start are there from the start, at zero: Prometheus
cannot see the first event of a series that begins with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import attrgetter
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digitgan import __version__
from digitgan.contract.card import Card
from digitgan.engine.budget import Budget
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository
from digitgan.engine.selection import Tally

from .histogram import Histogram, histogram_family
from .records import InProgress, Kind, ReloadOutcome, RequestRecord

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)  # a model run has at most `batch_images`, by default 64
_MODEL = ("model", "version")
_EXPECTED = (200, 500, 503)  # statuses that every route may answer, and alerts compare


class Metrics(Collector):
    """Counts what happens in this process; `registry` has all of it.

    Only the event loop may record.

    Args:
        n_workers_lost: returns how many workers have ended by themselves since the supervisor started.

    Attributes:
        in_progress: the number of requests in progress.
        picture_outcomes: requests for pictures whose addresses name model and version, by how they were answered.
    """

    def __init__(self, n_workers_lost: Callable[[], int] = lambda: 0) -> None:
        self.registry = CollectorRegistry()
        self.in_progress = InProgress()
        self.picture_outcomes: Counter[str] = Counter(kept=0, not_modified=0, made=0)
        self._n_workers_lost = n_workers_lost
        self._requests: dict[tuple[str, Kind, int], Histogram] = defaultdict(partial(Histogram, _SECONDS))
        self._rejected: Counter[str] = Counter()
        self._reloads: Counter[ReloadOutcome] = Counter(dict.fromkeys(get_args(ReloadOutcome), 0))
        self._models: dict[tuple[str, ...], ModelMetrics] = defaultdict(ModelMetrics)
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def expect(self, routes: Iterable[str], streaming: Iterable[str], reasons: Iterable[str]) -> None:
        """Begin the series of routes, of those that can stream, and of the last parts of problems' types."""
        for route in routes:
            for status in _EXPECTED:
                self._requests[route, "single", status]
        for route in streaming:
            self._requests[route, "stream", 200]
        self._rejected.update(dict.fromkeys(reasons, 0))

    def create_observer(self, card: Card) -> "ModelMetrics":
        """Return the observer of a model version."""
        return self._models[card.model, card.version]

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
        timing = request.timing
        kind: Kind = "single" if timing is None or timing.stream_s is None else "stream"
        self._requests[request.route, kind, request.status].observe(request.seconds, request.trace_id)
        if request.problem:
            self._rejected[request.problem] += 1
        if timing is not None and kind == "single":
            self._models[timing.model, timing.version].encode.observe(timing.encode_s, request.trace_id)

    def record_reload(self, outcome: ReloadOutcome) -> None:
        """Count a look at the models folder."""
        self._reloads[outcome] += 1

    def collect(self) -> Iterable[Metric]:
        """Yield what has been recorded."""
        durations: dict[tuple[str, ...], Histogram] = defaultdict(partial(Histogram, _SECONDS))
        for (route, kind, _), answered in self._requests.items():
            if answered.count:
                durations[route, kind].add(answered)
        yield _counter(
            "digitgan_requests",
            "Requests answered, by route, kind (an answer made whole is single) and status.",
            [
                ({"route": route, "kind": kind, "status": str(status)}, answered.count)
                for (route, kind, status), answered in self._requests.items()
            ],
        )
        yield histogram_family(
            "digitgan_request_duration_seconds",
            "From the request's head to the last byte of its answer, by route and kind.",
            ("route", "kind"),
            durations,
        )
        yield _gauge("digitgan_requests_in_progress", "Requests that are being answered.", [({}, self.in_progress.n)])
        yield _counter(
            "digitgan_rejected_requests",
            "Requests answered with a problem, by the last part of the problem's type.",
            [({"reason": reason}, n) for reason, n in self._rejected.items()],
        )
        yield _counter(
            "digitgan_picture_requests",
            "Requests for pictures whose addresses name model and version: kept and not_modified were answered from "
            "memory, made were not.",
            [({"outcome": outcome}, n) for outcome, n in self.picture_outcomes.items()],
        )
        models = [({"model": model, "version": version}, each) for (model, version), each in self._models.items()]
        yield _counter(
            "digitgan_weighted_requests",
            "Requests that named no version, by the version that the weights gave them to.",
            [(labels, each.n_chosen) for labels, each in models],
        )
        yield _counter(
            "digitgan_images", "Images made by the model.", [(labels, each.batch.sum) for labels, each in models]
        )
        yield _counter(
            "digitgan_candidates",
            "Candidates for images of data sets that a judge chose, by outcome.",
            [
                (labels | {"outcome": outcome}, n)
                for labels, each in models
                for outcome, n in each.tally.outcomes.items()
            ],
        )
        for name, documentation, of in (
            ("digitgan_batch_images", "Images in one model run.", attrgetter("batch")),
            ("digitgan_queue_seconds", "How long a request's first image waited for the model.", attrgetter("queue")),
            ("digitgan_model_run_seconds", "Duration of one model run.", attrgetter("run")),
            (
                "digitgan_encode_seconds",
                "From pixels to the body of an answer that is made whole.",
                attrgetter("encode"),
            ),
        ):
            yield histogram_family(name, documentation, _MODEL, {key: of(each) for key, each in self._models.items()})
        yield _counter(
            "digitgan_reloads",
            "Looks at the models folder, by outcome; one is refused as long as a version is.",
            [({"outcome": outcome}, n) for outcome, n in self._reloads.items()],
        )
        yield _counter(
            "digitgan_worker_restarts",
            "Workers that died or were stuck, and were replaced; each worker of a service reports the same number.",
            [({}, self._n_workers_lost())],
        )


class ModelMetrics:
    """Counts the work of one model version.

    Attributes:
        n_chosen: requests without a version that got this one.
        batch: images of its runs.
        queue: seconds that requests waited for it.
        run: seconds of its runs.
        encode: seconds of encoding what it made.
        tally: how images of data sets were chosen.
    """

    def __init__(self) -> None:
        self.n_chosen = 0
        self.batch = Histogram(_IMAGES)
        self.queue = Histogram(_SECONDS)
        self.run = Histogram(_SECONDS)
        self.encode = Histogram(_SECONDS)
        self.tally = Tally()

    def chosen(self) -> None:
        """Count a request without a version."""
        self.n_chosen += 1

    def waited(self, queue_s: float) -> None:
        """Count a request whose images have been made."""
        self.queue.observe(queue_s)

    def ran(self, n_images: int, model_s: float) -> None:
        """Count a model run."""
        self.batch.observe(n_images)
        self.run.observe(model_s)

    def selected(self, tally: Tally) -> None:
        """Count images that were chosen among candidates."""
        self.tally += tally


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
            "Versions that the last look at the models folder refused.",
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
            "Memory that is taken from the budget of encoding, bodies, unsent answers or kept pictures.",
            [(labels, budget.used_bytes) for labels, budget in self._budgets],
        )
        yield _gauge(
            "digitgan_memory_limit_bytes",
            "Most memory that may be taken from the budget.",
            [(labels, budget.limit_bytes) for labels, budget in self._budgets],
        )
        yield _counter(
            "digitgan_memory_refusals",
            "Requests refused because the budget had no room.",
            [(labels, budget.n_refused) for labels, budget in self._budgets],
        )


def _gauge(name: str, documentation: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = GaugeMetricFamily(name, documentation)
    for labels, value in samples:
        family.add_sample(name, labels, value)
    return family


def _counter(name: str, documentation: str, samples: Iterable[tuple[dict[str, str], float]]) -> Metric:
    family = CounterMetricFamily(name, documentation)
    for labels, value in samples:
        family.add_sample(f"{name}_total", labels, value)
    return family
