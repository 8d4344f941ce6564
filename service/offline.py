"""Knows how a request is answered without a server: the same engine, checks and forms, and so the same bytes.

Does not know HTTP, the command line, or where the bytes go.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from digitgan.engine.engine import Engine, Generated
from digitgan.formats.format import Form, Streamed
from digitgan.picture.job import Asked
from service.app import create_engine
from service.settings import Settings


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """Yield the engine that a service with these settings would have, and close it.

    Raises:
        CannotServe: as the service would.
    """
    engine = create_engine(settings)
    try:
        yield engine
    finally:
        engine.close()


async def pieces(
    engine: Engine, asked: Asked, form: Form, on_images: Callable[[int], object] = lambda _: None
) -> AsyncIterator[bytes | memoryview]:
    """Yield the body that HTTP would answer with, without coding, a piece at a time.

    Args:
        engine: makes the images.
        asked: what is asked.
        form: in which form.
        on_images: is told how many more images there are, whenever there are some.

    Raises:
        RunFailed: a model run failed.
    """
    if isinstance(form, Streamed):
        async for piece in form.stream(asked, _told(await engine.stream(asked.plan), on_images)):
            yield piece
    else:
        generated = await engine.generate(asked.plan)
        on_images(len(asked.plan))
        yield form.render(asked, generated)


async def _told(chunks: AsyncIterator[Generated], on_images: Callable[[int], object]) -> AsyncIterator[Generated]:
    async for generated in chunks:
        on_images(len(generated.images.pixels))
        yield generated
