"""How settings become an engine: models found, verified, loaded and warmed up."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from digitgan.contract.card import Card
from digitgan.engine.backend import Backend
from digitgan.engine.engine import Engine
from digitgan.engine.generator import Generator
from digitgan.engine.observer import NOBODY, Observer
from digitgan.engine.repository import Repository
from digitgan.engine.settings import EngineSettings

log = logging.getLogger(__name__)


def create_repository(settings: EngineSettings) -> Repository:
    """Return the repository of the models folder, which loads, verifies and warms up what it finds there."""

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

    return Repository(settings.models_dir, load)


def create_engine(
    settings: EngineSettings,
    backends: Sequence[Backend] | None = None,
    observe: Callable[[Card], Observer] = lambda _: NOBODY,
) -> Engine:
    """Return an engine that runs some backends, by default every model in the models folder.

    Raises:
        CannotServe: a model, the default model or the provider is not usable; the text says which and why.
    """
    return Engine(
        create_repository(settings).load() if backends is None else backends,
        default_model=settings.default_model,
        batch_images=settings.batch_images,
        queue_images=settings.queue_images,
        threads=settings.run_threads,
        observe=observe,
    )


@contextmanager
def open_engine(settings: EngineSettings, model: str | None, version: str | None) -> Iterator[Engine]:
    """Yield an engine that has one model version alone, and close it.

    Args:
        settings: of the engine.
        model: name, or None for the default model.
        version: version, or None for the newest.

    Raises:
        UnknownModel: the models folder holds no such model or version.
        CannotServe: the models folder, the model or the provider is not usable.
    """
    name = model or settings.default_model
    backend = create_repository(settings).load_version(name, version)
    engine = create_engine(settings.model_copy(update={"default_model": name}), [backend])
    try:
        yield engine
    finally:
        engine.close()
