"""Knows how the rooms join: settings -> engine, engine -> application. The only module that does.

Does not know processes, signals or ports.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from service import __version__, problems
from service.engine.backend import Backend
from service.engine.card import Card
from service.engine.engine import Engine
from service.engine.generator import Generator
from service.engine.repository import Repository
from service.middleware.body_limit import BodyLimit
from service.middleware.request_id import RequestId
from service.readiness import Readiness
from service.reloader import Reloader
from service.routes import dataset, generate, health, inference, interpolate, latents, models, openai_images, pictures
from service.routes import problems as problem_pages
from service.routes.answers import Answers
from service.routes.documented import schema_of
from service.schemas import ProblemBody
from service.settings import Settings


def create_repository(settings: Settings) -> Repository:
    """Return what finds the models in the settings' folder, and loads, verifies and warms them up."""

    def load(card: Card, content: bytes) -> Generator:
        return Generator(
            card,
            content,
            provider=settings.provider,
            threads=settings.run_threads,
            batch_images=settings.batch_images,
        )

    return Repository(settings.models_dir, load)


def create_engine(settings: Settings, backends: list[Backend] | None = None) -> Engine:
    """Return an engine that runs some backends, or else every model in the settings' folder.

    Raises:
        CannotServe: a model, the default model or the provider is not what it should be; the text says which and why.
    """
    return Engine(
        create_repository(settings).load() if backends is None else backends,
        default_model=settings.default_model,
        batch_images=settings.batch_images,
        queue_images=settings.queue_images,
    )


def create_app(settings: Settings, *, is_strict: bool = True) -> FastAPI:
    """Return the application, ready to serve; its state holds its `readiness` and its `reloader`.

    Args:
        settings: how to serve.
        is_strict: refuse to start if any model is wrong, rather than serve the others.

    Raises:
        CannotServe: as `create_engine`.
    """
    repository = create_repository(settings)
    backends = repository.load() if is_strict else repository.look(settings.default_model, at_once=True)
    engine = create_engine(settings, backends)
    reloader, readiness = Reloader(repository, engine, settings.reload_s), Readiness()
    answers = Answers(engine, settings.max_images, settings.max_stream_images)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with reloader.running():
            yield
        engine.close()
        repository.close()

    problem = {"description": "A problem", "content": {problems.MEDIA_TYPE: {"schema": schema_of(ProblemBody)}}}
    app = FastAPIOffline(
        title="digitgan",
        summary="Hand-drawn digits from a GAN: post seeds, get PNGs",
        version=__version__,
        redoc_url=None,
        lifespan=lifespan,
        responses={"4XX": problem, "5XX": problem},
    )
    app.state.readiness, app.state.reloader = readiness, reloader
    problems.install(app)
    for routes in (
        generate.router(answers),
        interpolate.router(answers),
        dataset.router(answers),
        pictures.router(answers),
        latents.router(engine, settings.max_images),
        models.router(engine, repository),
        inference.router(engine, readiness, settings.max_images),
        openai_images.router(engine, answers),
        health.router(readiness),
        problem_pages.router,
    ):
        app.include_router(routes)
    # Outermost last: every request has its id before anything can refuse it.
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(RequestId)
    return app
