"""How every request for images is answered: in which format and coding, from whose cache, complete or streamed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from digitgan.contract.card import Card
from digitgan.contract.documents import shorten
from digitgan.contract.words import counted
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.engine.settings import EngineSettings
from digitgan.formats.encoding import Drawn, Producer, Waiting, encode, prepare
from digitgan.formats.format import Format, Piece, Use
from digitgan.formats.idx import GzipFile
from digitgan.formats.layout import FixedFile
from digitgan.formats.parts import FileParts, job_of_file
from digitgan.formats.registry import offered
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture

from .accounting import TimedStream, charge, first_chunk_timing, give_back, server_timing
from .addresses import prefix_of
from .caching import caching_headers, is_current
from .coding import Coding, choose_coding
from .negotiation import field_value, negotiate
from .ranges import Layout, refused

NEGOTIATED = {"Vary": "Accept, Accept-Encoding"}
_MOST_WHOLE_IMAGES, _MOST_WHOLE_BYTES = 16, 2**20  # in a part of a file that is made before it is sent
_WORTH_CODING = 8  # images; the answer for fewer fits into a few packets as it is


class Answers:
    """Answers requests for images.

    Args:
        engine: makes the images.
        settings: limit the images in a complete answer and in a streamed one.
    """

    def __init__(self, engine: Engine, settings: EngineSettings) -> None:
        self._engine = engine
        self._max_images = settings.max_images
        self._max_stream_images = max(settings.max_images, settings.max_stream_images)
        # Readers of Parquet ask for hundreds of ranges at once, and do not try again. So ranges wait, and this bounds
        # how much of the queue they are.
        self._turns = asyncio.Semaphore(max(1, settings.queue_images // (2 * settings.batch_images)))

    def choose(self, request: Request, use: Use, *, animate: bool | None = None) -> Format:
        """Return the format that a request prefers among those that an operation offers.

        Args:
            request: the client's request.
            use: the operation.
            animate: whether numbers are to be written stroke by stroke, if the operation can do that. The other
                formats are chosen only if the request allows no more.

        Raises:
            HTTPException: 406, none of them is acceptable; the text names them, and those that an extra would add.
        """
        formats, available = offered(use), _available(use)
        accept = field_value(request, "accept")
        media_type = negotiate(accept, _available(use, animate)) or negotiate(accept, available)
        if media_type is None:
            others = [
                f"; {name} needs the extra [{each.extra}]" for name, each in formats.items() if name not in available
            ]
            accepted = shorten(accept or "")
            available_formats = f"available formats: {', '.join(available)}{''.join(others)}"
            raise HTTPException(406, f"no format that Accept: {accepted} allows; {available_formats}")
        return formats[media_type]

    def card_of(self, model: str | None, version: str | None) -> Card:
        """Return the card of a model version; None stands for the default model and for its newest version.

        Versions that share requests have the same sizes, so the card of one serves to read a request for any of them.

        Raises:
            UnknownModel: no such model or version.
        """
        return self._engine.find(model, version).card

    def most_images(self, format: Format, *, in_one_piece: bool = False) -> int:
        """Return the maximum number of images in an answer; images that must be made together cannot be streamed."""
        return self._max_stream_images if format.is_streamed and not in_one_piece else self._max_images

    def most_of(self, use: Use) -> int:
        """Return the maximum number of images in an answer of an operation, in the format that allows the most."""
        return max(map(self.most_images, offered(use).values()))

    def most_components(self) -> int:
        """Return the number of components in a latent of the served model that has the most."""
        return self._engine.max_latent_size

    async def answer(
        self,
        request: Request,
        plan: Plan,
        picture: Picture,
        format: Format,
        *,
        keys: Mapping[str, Any] | None = None,
        is_random: bool = False,
        headers: Mapping[str, str] = NEGOTIATED,
    ) -> Response:
        """Return the answer; no model runs if the client has it already, or requests its head alone.

        Args:
            request: the client's request.
            plan: the images.
            picture: how they are shown.
            format: format of the answer.
            keys: see `Job`.
            is_random: see `Job`.
            headers: further header fields.

        Raises:
            UnknownModel, InvalidPlan: as raised by `prepare`.
            HTTPException: 412, the client has the answer, and sent a POST.
            QuotaExceeded: the client may not have that many images now.
            Overloaded, RunFailed: as raised by `encode`, before the first byte of the answer.
        """
        root = prefix_of(request)
        job = prepare(self._engine, plan, picture, format, keys=keys, is_random=is_random, root=root)
        return await self.answer_job(request, job, format, plan.n_made, headers)

    async def answer_job(
        self,
        request: Request,
        job: Job,
        format: Format,
        n_images: int,
        headers: Mapping[str, str] = NEGOTIATED,
    ) -> Response:
        """Return what `answer` returns for a job that is ready.

        Args:
            request: the client's request.
            job: what to answer.
            format: format of the answer.
            n_images: how many images count for the client's quota.
            headers: further header fields.

        Raises:
            HTTPException, QuotaExceeded, Overloaded, RunFailed: as raised by `answer`.
        """
        coding = _coding(request, job, format)
        fields = {**headers, **caching_headers(job, format, coding.name if coding else "")}
        if is_current(request, fields.get("ETag")):
            if request.method == "POST":  # RFC 9110, section 13.1.2
                raise HTTPException(412, "the client has this answer: `If-None-Match` names its tag", fields)
            return Response(status_code=304, headers=fields)
        fields |= _file_headers(job, format, coding)
        if request.method == "HEAD":
            head = Response(headers=fields, media_type=format.content_type or format.media_type)
            del head.headers["content-length"]  # GET's is not known without making the images
            return head
        with charge(request, n_images):
            return await _encoded(request, self._engine, job, format, coding, fields)

    async def answer_file(
        self,
        request: Request,
        file: FixedFile | GzipFile,
        plan: Plan,
        card: Card,
        media_type: str,
        headers: dict[str, str],
    ) -> Response:
        """Return a file whose bytes are known before its images, or the parts of it that a request asks for.

        Only the images that are shown there are made, and count; if the client leaves, those that are not made do not.
        No setting bounds them, as the memory that they take does not grow with their number.

        Args:
            request: the client's request.
            file: the file.
            plan: its images.
            card: card of the model version that makes them.
            media_type: its media type.
            headers: header fields that say which file it is, among them its tag.

        Raises:
            HTTPException: 416, as raised by `Layout.of`, or several parts show more images than one stream may have.
            QuotaExceeded, Overloaded, RunFailed: as raised by `answer`.
        """
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if isinstance(file, FixedFile):
            layout = Layout.of(request, file.size, media_type, headers["ETag"])
        else:
            layout = Layout.whole(file.size, media_type)
        headers |= layout.headers
        if request.method == "HEAD":
            return Response(headers=headers)
        body = FileParts(file, layout.parts, layout.tail)
        if len(layout.parts) > 1 and body.n_images > self._max_stream_images:
            raise refused(f"{counted(body.n_images, 'image')}; at most {self._max_stream_images:,}", file.size)
        job, status = job_of_file(self._engine, card, body.plan(plan)), layout.status
        is_short = body.n_bytes <= _MOST_WHOLE_BYTES
        if not body.n_images:
            pieces = body.encode(job, _no_images())
            if is_short:
                return Response(b"".join([piece async for piece in pieces]), status, headers)
            return StreamingResponse(_taking_turns(pieces), status, headers)
        n_encoded = 0

        def count(n_images: int) -> None:
            nonlocal n_encoded
            n_encoded += n_images

        with charge(request, job.plan.n_made):
            async with self._turns:
                whole_images = _MOST_WHOLE_IMAGES if is_short else 0
                encoding = await encode(Waiting(self._engine), job, body, count, whole_images=whole_images)
        if encoding.content is not None:
            timing = server_timing(request, encoding.first, encoding.encode_s)
            return Response(encoding.content, status, headers | timing)

        def end() -> None:
            give_back(request, job.plan.part(n_encoded, len(job.plan)).n_made)

        return TimedStream(encoding, headers | first_chunk_timing(encoding.first), status=status, on_end=end)

    async def answer_drawn(self, request: Request, job: Job, format: Format, drawn: Generated) -> Response:
        """Return the answer with images that are there already, so it has no entity tag, which is known before them.

        Args:
            request: the client's request.
            job: how to show as many images of the same size.
            format: format of the answer.
            drawn: the images.
        """
        job = replace(job, card=drawn.card, plan=replace(job.plan, source=drawn.source))
        coding = _coding(request, job, format)
        fields = NEGOTIATED | _file_headers(job, format, coding)
        return await _encoded(request, Drawn(drawn), job, format, coding, fields)


async def _encoded(
    request: Request, producer: Producer, job: Job, format: Format, coding: Coding | None, fields: dict[str, str]
) -> Response:
    """Return the answer to a job, complete or as a stream."""
    media_type = format.content_type or format.media_type
    compress = partial(coding.compress_pieces, is_streamed=format.is_streamed) if coding else None
    encoding = await encode(producer, job, format, transform=compress)
    if encoding.content is not None:
        headers = fields | server_timing(request, encoding.first, encoding.encode_s)
        return Response(encoding.content, headers=headers, media_type=media_type)
    if format.size is not None and not coding:
        fields["Content-Length"] = str(format.size(job))
    return TimedStream(encoding, fields | first_chunk_timing(encoding.first), media_type)


async def _no_images() -> AsyncIterator[Generated]:
    nothing: tuple[Generated, ...] = ()
    for each in nothing:
        yield each


async def _taking_turns(pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    """Yield pieces that cost nothing to wait for, and let others run between them."""
    async for piece in pieces:
        yield piece
        await asyncio.sleep(0)


def _file_headers(job: Job, format: Format, coding: Coding | None) -> dict[str, str]:
    """Return the header fields of an answer as a file."""
    fields = {"Content-Disposition": f'inline; filename="{format.file_name(job)}"'}  # RFC 6266
    return fields | ({"Content-Encoding": coding.name} if coding else {})


@cache
def _available(use: Use, animate: bool | None = None) -> tuple[str, ...]:
    """Return the media types of an operation whose libraries are installed, those that suit if `animate` is given."""
    installed = {media_type: each for media_type, each in offered(use).items() if each.is_installed}
    return tuple(name for name, each in installed.items() if animate is None or each.suits(animate=animate))


def _coding(request: Request, job: Job, format: Format) -> Coding | None:
    """Return the content coding of an answer; None for answers that are small, or already compressed."""
    if not format.is_compressible or len(job.plan) < _WORTH_CODING:
        return None
    return choose_coding(field_value(request, "accept-encoding"))
