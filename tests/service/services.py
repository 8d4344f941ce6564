"""What routes are given in tests: an engine of the test's own, and the rest of a service around it."""

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from digitgan.dataset.checksums import Checksums
from digitgan.engine.budget import Budget
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_repository
from service.http import error_handlers
from service.http.answers import Answers
from service.http.services import Services
from service.middleware.request_id import RequestId
from service.readiness import Readiness
from service.settings import Settings
from service.telemetry.worker_metrics import WorkerMetrics
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.live import live


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
        checksums=Checksums(),
        bodies=Budget(chosen.body_memory_bytes),
        unsent=Budget(chosen.unsent_memory_bytes),
    )


@contextmanager
def free_images(router: Callable[[Services], APIRouter]) -> Iterator[httpx.Client]:
    """Yield a client of some routes, whose engine makes digits that cost nothing."""
    card = a_card(model="digits", n_classes=10, latent_size=14, image_height=28, image_width=28)
    engine = Engine([EchoBackend(card)], default_model="digits", batch_images=64, queue_images=1024)
    app = FastAPI()
    error_handlers.install(app)
    app.include_router(router(services_of(engine)))
    app.add_middleware(RequestId)
    with live(app) as client:
        yield client
    engine.close()


def peak_mib(client: httpx.Client, path: str, body: dict[str, Any], media_type: str) -> float:
    """Return the peak memory of client and server, in one process, while a data set is transferred."""
    digest = hashlib.sha256()
    tracemalloc.start()
    try:
        with client.stream("POST", path, json=body, headers={"Accept": media_type}) as answer:
            answer.raise_for_status()
            for piece in answer.iter_raw():
                digest.update(piece)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
