"""What routes are given to answer with."""

from dataclasses import dataclass

from digitgan.dataset.checksums import Checksums
from digitgan.engine.budget import Budget
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository

from ..readiness import Readiness
from ..settings import Settings
from ..telemetry.worker_metrics import WorkerMetrics
from .answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a route may need; the function `router` of each module in `service.routes` takes it.

    Attributes:
        settings: the service's settings.
        engine: makes images.
        repository: where the engine's models come from.
        readiness: whether the process wants requests.
        workers: the metrics of all processes.
        answers: answers requests for images.
        checksums: those of data sets, as far as they are.
        bodies: the memory of bodies that are being read.
        unsent: the memory of answers that are not sent yet.
    """

    settings: Settings
    engine: Engine
    repository: Repository
    readiness: Readiness
    workers: WorkerMetrics
    answers: Answers
    checksums: Checksums
    bodies: Budget
    unsent: Budget
