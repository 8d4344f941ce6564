"""JSON formats: one document, or one object a line; each image is its record with the PNG in base64."""

from collections.abc import AsyncIterator

import orjson
import pybase64

from digitgan.engine.engine import Generated
from digitgan.formats.items import items, items_aside
from digitgan.picture.job import Job

EXAMPLE_URL = "/digits/3/1.png?model=digits&version=1"
EXAMPLE = {
    "model": "digits",
    "version": "1",
    "images": [{"seed": 1, "label": 3, "url": EXAMPLE_URL, "png": "iVBORw0KGgo..."}],
}
LINE_EXAMPLE = f'{{"model":"digits","version":"1","seed":1,"label":3,"url":"{EXAMPLE_URL}","png":"iVBORw0KGgo..."}}\n'


def render(job: Job, generated: Generated) -> bytes:
    """Return ``{"model", "version", "images": [{"seed", "label", "url", "png"}]}``; what does not apply is null."""
    images = [item.record | {"png": pybase64.b64encode_as_string(item.png)} for item in items(job, generated)]
    return orjson.dumps({"model": job.card.model, "version": job.card.version, "images": images})


async def stream_lines(job: Job, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield lines of ``{"model", "version", "seed", "label", "url", "png"}``, all lines of a chunk at a time."""
    source = {"model": job.card.model, "version": job.card.version}
    async for generated in chunks:
        yield b"".join(
            orjson.dumps(
                source | item.record | {"png": pybase64.b64encode_as_string(item.png)}, option=orjson.OPT_APPEND_NEWLINE
            )
            for item in await items_aside(job, generated)
        )
