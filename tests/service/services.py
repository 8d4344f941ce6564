"""What routes are given in tests: an engine of the test's own, and the rest of a service around it."""

from typing import Any

from prometheus_client import CollectorRegistry

from digitgan.engine.budget import Budget
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_repository
from service.http.answers import Answers
from service.http.services import Services
from service.readiness import Readiness
from service.settings import Settings
from service.telemetry.worker_metrics import WorkerMetrics


def services_of(engine: Engine, **settings: Any) -> Services:
    """Return the services of an engine; the other arguments are settings."""
    chosen = Settings(**settings)
    return Services(
        settings=chosen,
        engine=engine,
        repository=create_repository(chosen),
        readiness=Readiness(),
        workers=WorkerMetrics(CollectorRegistry(), "test", 1),
        answers=Answers(engine, chosen),
        bodies=Budget(chosen.body_memory_bytes),
        unsent=Budget(chosen.unsent_memory_bytes),
    )
