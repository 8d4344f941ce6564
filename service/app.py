"""The composition: which routes and middleware make an application of settings."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from digitgan import __version__
from digitgan.contract.errors import CannotServe
from digitgan.dataset.checksums import Checksums
from digitgan.engine.budget import Budget
from digitgan.engine.loading import create_engine, create_repository
from digitgan.formats.registry import FORMATS

from .access.key_file import KeysUnusable
from .access.key_ring import KeyRing
from .access.quota import RateLimiter
from .http import error_handlers, openapi
from .http.answers import Answers
from .http.cross_origin import CrossOrigin, cors_options
from .http.forms import FORM
from .http.problems import PROBLEMS, ProblemBody
from .http.routing import (
    add_documentation,
    add_routes,
    closed_paths,
    open_paths,
    paths_answering,
    paths_taking,
    take_documentation,
)
from .http.services import Services
from .middleware.access import Access
from .middleware.deadline import SECONDS, Deadline
from .middleware.kept_pictures import KeptPictures
from .middleware.memory_limits import MemoryLimits
from .middleware.plain_path import PlainPath
from .middleware.request_coding import RequestCoding
from .middleware.request_id import RequestId
from .middleware.security_headers import SecurityHeaders
from .middleware.telemetry import Telemetry
from .protocols import hugging_face, inference, mcp, model_information, openai_edits, openai_images, openai_models
from .protocols.errors import DIALECTS
from .protocols.inference_schemas import InferRequest
from .protocols.model_information import IndexRequest
from .readiness import Readiness
from .reloader import Reloader
from .routes import (
    dataset,
    datasets,
    description,
    encode,
    generate,
    health,
    interpolate,
    latents,
    metrics,
    models,
    numbers,
    page,
    pictures,
    problems,
)
from .settings import Settings
from .telemetry import logs
from .telemetry.metrics import Metrics
from .telemetry.records import RequestObserver
from .telemetry.traces import create_telemetry_config, create_traces
from .telemetry.worker_metrics import WorkerMetrics

_ROUTES = (
    *(generate, interpolate, dataset, datasets, numbers, pictures, latents, encode, models),
    *(model_information, inference, openai_images, openai_edits, openai_models, hugging_face, mcp),
    *(health, metrics, problems, description, page),
)
_ADMIN_ROUTES = (health, metrics)


def create_app(settings: Settings, *, worker: int = 0, n_workers_lost: Callable[[], int] = lambda: 0) -> FastAPI:
    """Return the application, ready to serve; its state holds its `services`, `readiness` and `reloader`.

    Args:
        settings: how to serve.
        worker: the number of this process among the workers.
        n_workers_lost: returns how many workers have ended by themselves since the supervisor started.

    Raises:
        CannotServe: as raised by `create_engine`, or the file of keys is not usable.
    """
    keys = _keys(settings)
    measured = Metrics(n_workers_lost)
    repository = create_repository(settings)
    backends = repository.load(None if settings.strict_models else settings.default_model)
    engine = create_engine(
        settings,
        backends,
        measured.create_observer,
        settings.encoding_memory_bytes,
        settings.weights,
        is_strict=settings.strict_models,
    )
    bodies, unsent = Budget(settings.body_memory_bytes), Budget(settings.unsent_memory_bytes)
    pictures_kept = Budget(settings.picture_memory_bytes)
    measured.register_engine(engine)
    measured.register_repository(repository)
    measured.register_budgets(
        {"encoding": engine.lanes.budget, "bodies": bodies, "unsent": unsent, "pictures": pictures_kept}
    )
    services = Services(
        settings=settings,
        engine=engine,
        repository=repository,
        readiness=Readiness(),
        workers=WorkerMetrics(measured.registry, settings.address, settings.n_workers, worker),
        answers=Answers(engine, settings),
        checksums=Checksums(),
        bodies=bodies,
        unsent=unsent,
    )
    reloader = Reloader(repository, engine, settings.reload_s, measured.record_reload)
    traces = create_traces()
    observers: list[RequestObserver] = [measured.record_request]
    if settings.access_log:
        observers.append(partial(logs.log_request, with_probes=settings.access_log_probes))
    if traces:
        observers.append(traces.record_request)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with services.workers.shared(), reloader.running():
            yield
        await services.checksums.close()
        engine.close()
        repository.close()
        if traces:
            await asyncio.to_thread(traces.close)

    app = FastAPIOffline(
        title="digitgan",
        summary="Handwritten digits from a GAN: seeds and latents in, pictures out",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # Starlette's redirection names the host and scheme that it sees behind a gateway
        lifespan=lifespan,
        telemetry=create_telemetry_config(traces),
    )
    app.state.services, app.state.readiness, app.state.reloader = services, services.readiness, reloader
    app.state.public_url = settings.public_url
    documentation = take_documentation(app)
    for routes in _ROUTES:
        if routes is metrics and settings.admin_port:
            continue  # clients reach this port, so the admin port alone has metrics
        add_routes(app, routes.router(services))
    add_documentation(app, documentation)
    streamed = {each.media_type for each in FORMATS if each.is_streamed}
    measured.expect(closed_paths(app), paths_answering(app, streamed), PROBLEMS)
    openapi.complete(
        app,
        bodies=(ProblemBody, InferRequest, IndexRequest, *encode.BODIES, *openai_edits.BODIES),
        request_timeout_s=settings.request_timeout_s,
        timeout_pattern=SECONDS.pattern.decode(),
        has_keys=keys is not None,
    )
    # Outermost last: every request has its id before anything can refuse it.
    takes_files = paths_taking(app, FORM)

    def max_body_bytes(path: str) -> int:
        return settings.max_upload_bytes if takes_files(path) else settings.max_body_bytes

    app.add_middleware(MemoryLimits, max_body_bytes=max_body_bytes, bodies=services.bodies, unsent=services.unsent)
    app.add_middleware(RequestCoding, max_body_bytes=max_body_bytes)
    app.add_middleware(
        Deadline, request_timeout_s=settings.request_timeout_s, retry_after_s=lambda: engine.drained_after_s
    )
    if settings.picture_memory_bytes:
        app.add_middleware(
            KeptPictures,
            memory=pictures_kept,
            served=lambda: engine.backends,
            outcomes=measured.picture_outcomes,
            name_route=traces.name_route if traces else None,
        )
    if keys or settings.requests_per_minute or settings.images_per_minute:
        limiter = RateLimiter(settings.worker_requests_per_minute, settings.worker_images_per_minute)
        app.add_middleware(Access, keys=keys, limiter=limiter, is_open=open_paths(app))
    is_cross_origin = bool(settings.cors_origins)
    options = cors_options(app)

    def complete(answer: ASGIApp) -> ASGIApp:
        """Return an application whose answers have the fields that every answer has, whatever made it."""
        if is_cross_origin:
            answer = CrossOrigin(answer, settings.cors_origins, options, has_keys=keys is not None)
        return SecurityHeaders(answer, is_open_to_origins=is_cross_origin)

    app.add_middleware(PlainPath)
    app.add_middleware(complete)
    error_handlers.install(app, complete, DIALECTS)
    app.add_middleware(
        Telemetry,
        observers=observers,
        in_progress=measured.in_progress,
        current_trace=traces.current_trace if traces else None,
    )
    app.add_middleware(RequestId)
    return app


def create_admin_app(served: FastAPI) -> FastAPI:
    """Return the application of the admin port: health and metrics of an application that is served, nothing else."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for routes in _ADMIN_ROUTES:
        add_routes(app, routes.router(served.state.services))

    def complete(answer: ASGIApp) -> ASGIApp:
        return SecurityHeaders(answer, is_open_to_origins=False)

    app.add_middleware(PlainPath)
    app.add_middleware(complete)
    error_handlers.install(app, complete)
    app.add_middleware(RequestId)
    return app


def _keys(settings: Settings) -> KeyRing | None:
    """Return the keys that open the service, None if it needs none.

    Raises:
        CannotServe: the file of keys is missing, not readable, or not one of keys.
    """
    try:
        return KeyRing(settings.keys_file) if settings.keys_file else None
    except KeysUnusable as error:
        raise CannotServe(str(error)) from error
