"""From settings to an engine: models are found, verified, loaded and warmed up."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from digitgan.contract.card import Card, read_card, read_encoder_file
from digitgan.contract.errors import CannotServe
from digitgan.engine.backend import Backend
from digitgan.engine.encoder import PictureEncoder
from digitgan.engine.engine import Engine
from digitgan.engine.observer import NO_OBSERVER, Observer
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
from digitgan.engine.settings import EngineSettings, Weights

log = logging.getLogger(__name__)


def create_repository(settings: EngineSettings, *, with_base: bool = False) -> Repository:
    """Return the repository of the models folder; it verifies, loads and warms up the models that it finds.

    Args:
        settings: the engine's settings.
        with_base: whether a version without an encoder gets that of the version in the folder that has its latents; an
            engine that has both finds it by itself.
    """

    def load(card: Card, content: bytes) -> OnnxBackend:
        provider, threads = settings.provider, settings.run_threads
        reader = _reader(settings.models_dir, card) if with_base else card
        read = partial(read_encoder_file, settings.models_dir / reader.model / reader.version, reader)
        encoder = PictureEncoder(reader, read, provider=provider, threads=threads) if reader.encoder else None
        backend = OnnxBackend(
            card,
            content,
            provider=provider,
            threads=threads,
            batch_images=settings.batch_images,
            encoder=encoder,
        )
        n, total = backend.nodes.get(backend.provider, 0), sum(backend.nodes.values())
        log.info("%s %s runs on %s, %d of %d nodes", card.model, card.version, backend.provider, n, total)
        return backend

    return Repository(settings.models_dir, load)


def _reader(folder: Path, card: Card) -> Card:
    """Return the card of the version whose encoder finds the latents of another one; its own if there is none."""
    seen, reader = {card.file.sha256}, card
    while base := reader.encoder_of:
        if base.sha256 in seen:  # cards may name each other
            return card
        try:
            reader = read_card(folder / base.model / base.version)
        except CannotServe:
            return card
        if reader.file.sha256 != base.sha256:
            return card
        seen.add(base.sha256)
    return reader if reader.encoder else card


def create_engine(
    settings: EngineSettings,
    backends: Sequence[Backend] | None = None,
    observe: Callable[[Card], Observer] = lambda _: NO_OBSERVER,
    encoding_bytes: int = sys.maxsize,
    weights: Weights | None = None,
    *,
    is_strict: bool = True,
) -> Engine:
    """Return an engine with the given backends, by default those of every model version in the models folder.

    Args:
        settings: the engine's settings.
        backends: one for each model version, or None for all in the models folder.
        observe: returns the observer of a model version.
        encoding_bytes: maximum memory that encoding images may take at a time; by default unlimited.
        weights: see `Engine`.
        is_strict: refuse weights for a version that cannot get requests, rather than only keep the problem in the
            engine's `weight_problems`.

    Raises:
        CannotServe: a model, the default model, the provider or a weight is not usable; the message says which and why.
    """
    engine = Engine(
        create_repository(settings).load() if backends is None else backends,
        default_model=settings.default_model,
        batch_images=settings.batch_images,
        queue_images=settings.queue_images,
        threads=settings.run_threads,
        encoding_bytes=encoding_bytes,
        observe=observe,
        marks_all=settings.marks_all,
        weights=weights,
    )
    if engine.weight_problems and is_strict:
        engine.close()
        raise CannotServe(engine.weight_problems[0])
    return engine


@contextmanager
def open_engine(settings: EngineSettings, model: str | None, version: str | None) -> Iterator[Engine]:
    """Yield an engine with one model version only, and close it at the end.

    Args:
        settings: the engine's settings.
        model: name, or None for the default model.
        version: version, or None for the newest.

    Raises:
        UnknownModel: the models folder holds no such model or version.
        CannotServe: the models folder, the model or the provider is not usable.
    """
    name = model or settings.default_model
    backend = create_repository(settings, with_base=True).load_version(name, version)
    engine = create_engine(settings.model_copy(update={"default_model": name}), [backend])
    try:
        yield engine
    finally:
        engine.close()
