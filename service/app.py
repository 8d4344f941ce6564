"""Knows how the rooms join: settings -> engine, engine -> application. The only module that does.

Does not know processes, signals or ports.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from digitgan import __version__
from digitgan.contract.errors import CannotServe
from digitgan.engine.loading import create_engine, create_repository
from service import description, problems
from service.access.key_file import KeysUnusable
from service.access.key_ring import KeyRing
from service.access.quota import RateLimiter
from service.middleware.access import Access
from service.middleware.body_limit import BodyLimit
from service.middleware.deadline import Deadline
from service.middleware.request_id import RequestId
from service.middleware.security_headers import SecurityHeaders, security_headers
from service.middleware.telemetry import Telemetry
from service.readiness import Readiness
from service.reloader import Reloader
from service.routes import (
    dataset,
    generate,
    health,
    inference,
    interpolate,
    latents,
    metrics,
    models,
    openai_images,
    page,
    pictures,
)
from service.routes import problems as problem_pages
from service.routes.answers import Answers
from service.routes.documented import schema_of
from service.routes.heads import with_heads
from service.schemas import ProblemBody
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.metrics import Metrics
from service.telemetry.records import RequestObserver
from service.telemetry.traces import create_telemetry_config, create_traces
from service.telemetry.worker_metrics import WorkerMetrics

_FOR_OTHER_ORIGINS: dict[str, Any] = {
    "allow_methods": ["GET", "HEAD", "POST", "QUERY"],
    "allow_headers": [
        "Content-Type",
        "Authorization",
        "X-Api-Key",
        "If-None-Match",
        "X-Request-Id",
        "X-Request-Timeout",
    ],
    "expose_headers": [
        "ETag",
        "Content-Location",
        "Server-Timing",
        "X-Request-Id",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
    ],
}


def create_app(settings: Settings, *, is_strict: bool = True) -> FastAPI:
    """Return the application, ready to serve; its state holds its `readiness`, its `reloader` and its `workers`.

    Args:
        settings: how to serve.
        is_strict: refuse to start if any model is wrong, rather than serve the others.

    Raises:
        CannotServe: as `create_engine`.
    """
    keys = _keys(settings)
    counted = Metrics()
    repository = create_repository(settings)
    backends = repository.load() if is_strict else repository.look(settings.default_model, at_once=True)
    engine = create_engine(settings, backends, counted.create_observer)
    counted.register_engine(engine)
    reloader, readiness = Reloader(repository, engine, settings.reload_s), Readiness()
    traces = create_traces()
    observers: list[RequestObserver] = [counted.record_request]
    if settings.access_log:
        observers.append(logs.log_request)
    if traces:
        observers.append(traces.record_request)
    workers = WorkerMetrics(counted.registry, f"{settings.host}:{settings.port}", settings.n_workers)
    answers = Answers(engine, settings.max_images, settings.max_stream_images)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with workers.shared(), reloader.running():
            yield
        engine.close()
        repository.close()
        if traces:
            await asyncio.to_thread(traces.close)

    problem = {"description": "A problem", "content": {problems.MEDIA_TYPE: {"schema": schema_of(ProblemBody)}}}
    app = FastAPIOffline(
        title="digitgan",
        summary="Hand-drawn digits from a GAN: post seeds, get PNGs",
        version=__version__,
        redoc_url=None,
        redirect_slashes=False,  # Starlette's redirection names the host and scheme that it sees behind a gateway
        lifespan=lifespan,
        telemetry=create_telemetry_config(traces),
        responses={"4XX": problem, "5XX": problem},
    )
    app.state.readiness, app.state.reloader, app.state.workers = readiness, reloader, workers
    problems.install(app, security_headers(is_open_to_origins=bool(settings.cors_origins)))
    for routes in (
        generate.router(answers),
        interpolate.router(answers),
        dataset.router(answers),
        pictures.router(answers),
        latents.router(engine, settings.max_images),
        models.router(engine, repository, gives_files=settings.model_files),
        inference.router(engine, readiness, settings.max_images),
        openai_images.router(engine, answers),
        health.router(readiness),
        metrics.router(workers),
        problem_pages.router,
        page.router(),
    ):
        app.include_router(with_heads(routes))
    with_heads(app.router)
    description.complete(app, request_timeout_s=settings.request_timeout_s, has_keys=keys is not None)
    # Outermost last: every request has its id before anything can refuse it.
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(
        Deadline, request_timeout_s=settings.request_timeout_s, retry_after_s=lambda: engine.drained_after_s
    )
    if settings.keys_file or settings.requests_per_minute or settings.images_per_minute:
        limiter = RateLimiter(settings.worker_requests_per_minute, settings.worker_images_per_minute)
        app.add_middleware(Access, keys=keys, limiter=limiter)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **_FOR_OTHER_ORIGINS)
    app.add_middleware(SecurityHeaders, is_open_to_origins=bool(settings.cors_origins))
    app.add_middleware(Telemetry, observers=observers, current_trace=traces.current_trace if traces else None)
    app.add_middleware(RequestId)
    return app


def create_admin_app(served: FastAPI) -> FastAPI:
    """Return what an admin port answers: health and metrics of an application that is served, and nothing else."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    problems.install(app, security_headers(is_open_to_origins=False))
    app.include_router(with_heads(health.router(served.state.readiness)))
    app.include_router(with_heads(metrics.router(served.state.workers)))
    app.add_middleware(SecurityHeaders, is_open_to_origins=False)
    app.add_middleware(RequestId)
    return app


def _keys(settings: Settings) -> KeyRing | None:
    """Return the keys that open the service, None where it is open to all.

    Raises:
        CannotServe: the file of keys is not there, not readable, or something else.
    """
    try:
        return KeyRing(settings.keys_file) if settings.keys_file else None
    except KeysUnusable as error:
        raise CannotServe(str(error)) from error
