"""Knows the form of one JSON object a line, each an image's record with its PNG in base64.

Does not know HTTP.
"""

from collections.abc import AsyncIterator

import orjson
import pybase64

from digitgan.engine.engine import Generated
from digitgan.formats.format import Streamed
from digitgan.formats.items import items_aside
from digitgan.formats.json_body import EXAMPLE_URL
from digitgan.picture.job import Asked


async def stream(asked: Asked, chunks: AsyncIterator[Generated]) -> AsyncIterator[bytes]:
    """Yield lines of ``{"model", "version", "seed", "label", "url", "png"}``, all of a chunk at a time."""
    source = {"model": asked.card.model, "version": asked.card.version}
    async for generated in chunks:
        yield b"".join(
            orjson.dumps(
                source | item.record | {"png": pybase64.b64encode_as_string(item.png)}, option=orjson.OPT_APPEND_NEWLINE
            )
            for item in await items_aside(asked, generated)
        )


FORM = Streamed(
    media_type="application/x-ndjson",
    description="One JSON object an image and line, streamed while later images are still being made.",
    example=f'{{"model":"digits","version":"1","seed":1,"label":3,"url":"{EXAMPLE_URL}","png":"iVBORw0KGgo..."}}\n',
    compresses=True,
    stream=stream,
)
