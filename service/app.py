"""Knows how the rooms join: settings -> engine, engine -> application. The only module that does.

Does not know processes, signals or ports.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from service import __version__, problems
from service.engine.card import Card
from service.engine.engine import Engine
from service.engine.generator import Generator
from service.engine.observer import NOBODY, Observer
from service.engine.repository import load_models
from service.middleware.body_limit import BodyLimit
from service.middleware.request_id import RequestId
from service.middleware.telemetry import Telemetry
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
    pictures,
)
from service.routes import problems as problem_pages
from service.routes.answers import Answers
from service.routes.documented import schema_of
from service.schemas import ProblemBody
from service.settings import Settings
from service.telemetry import logs
from service.telemetry.exchange import Listener
from service.telemetry.metrics import Metrics
from service.telemetry.traces import request_spans, wanted_traces
from service.telemetry.workers import Workers

log = logging.getLogger(__name__)


def create_engine(settings: Settings, observe: Callable[[Card], Observer] = lambda _: NOBODY) -> Engine:
    """Return an engine that runs every model in the settings' folder, loaded, verified and warmed up.

    Raises:
        CannotServe: a model, the default model or the provider is not what it should be; the text says which and why.
    """

    def load(card: Card, content: bytes) -> Generator:
        generator = Generator(
            card,
            content,
            provider=settings.provider,
            threads=settings.run_threads,
            batch_images=settings.batch_images,
        )
        n, total = generator.nodes.get(generator.provider, 0), sum(generator.nodes.values())
        log.info("%s %s runs on %s, %d of %d nodes", card.model, card.version, generator.provider, n, total)
        return generator

    return Engine(
        load_models(settings.models_dir, load),
        default_model=settings.default_model,
        batch_images=settings.batch_images,
        queue_images=settings.queue_images,
        observe=observe,
    )


def create_app(settings: Settings) -> FastAPI:
    """Return the application, ready to serve.

    Raises:
        CannotServe: as `create_engine`.
    """
    counted = Metrics()
    engine = create_engine(settings, counted.observe)
    counted.watch(engine)
    traces = wanted_traces()
    listeners: list[Listener] = [counted.hear]
    if settings.access_log:
        listeners.append(logs.hear)
    if traces:
        listeners.append(traces.hear)
    workers = Workers(counted.registry, f"{settings.host}:{settings.port}", settings.n_workers)
    answers = Answers(engine, settings.max_images, settings.max_stream_images)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with workers.told():
            yield
        engine.close()
        if traces:
            await asyncio.to_thread(traces.close)

    problem = {"description": "A problem", "content": {problems.MEDIA_TYPE: {"schema": schema_of(ProblemBody)}}}
    app = FastAPIOffline(
        title="digitgan",
        summary="Hand-drawn digits from a GAN: post seeds, get PNGs",
        version=__version__,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=request_spans(traces),
        responses={"4XX": problem, "5XX": problem},
    )
    problems.install(app)
    for routes in (
        generate.router(answers),
        interpolate.router(answers),
        dataset.router(answers),
        pictures.router(answers),
        latents.router(engine, settings.max_images),
        models.router(engine),
        inference.router(engine, settings.max_images),
        openai_images.router(engine, answers),
        health.router,
        metrics.router(workers),
        problem_pages.router,
    ):
        app.include_router(routes)
    # Outermost last: every request has its id before anything can refuse it.
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(Telemetry, listeners=listeners, current_trace=traces.current_trace if traces else None)
    app.add_middleware(RequestId)
    return app
