"""Data sets of numbers for the library `webdataset`: a tar archive in which files of one name are one sample.

Source: webdataset, "The WebDataset format": the name of a sample ends at the first dot.
"""

from collections.abc import AsyncIterator

import orjson

from digitgan.engine.engine import Generated
from digitgan.formats import tar
from digitgan.formats.labels import png_of, record
from digitgan.picture.job import Job
from digitgan.picture.labelled import labelled


def pack(job: Job, generated: Generated) -> bytes:
    """Return the members of a part of a data set."""
    return b"".join(
        tar.member(f"{number.seed:09}.{suffix}", content)
        for number in labelled(job, generated)
        for suffix, content in (
            ("json", orjson.dumps(record(number))),
            ("png", png_of(job, number)),
            ("txt", number.text.encode()),
        )
    )


async def stream(job: Job, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:  # noqa: ARG001
    """Yield a tar archive, a part at a time."""
    async for part in parts:
        yield part
    yield tar.END
