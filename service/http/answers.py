"""How every request for images is answered: in which format and coding, from whose cache, complete or streamed."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digitgan.contract.card import Card
from digitgan.contract.documents import shorten
from digitgan.engine.engine import Engine
from digitgan.engine.plan import Plan
from digitgan.engine.settings import EngineSettings
from digitgan.formats.encoding import encode, prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import offered
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture

from .accounting import TimedStream, charge, first_chunk_timing, server_timing
from .addresses import prefix_of
from .caching import caching_headers, is_current
from .coding import Coding, choose_coding
from .negotiation import field_value, negotiate

NEGOTIATED = {"Vary": "Accept, Accept-Encoding"}
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

    def choose(self, request: Request, use: Use) -> Format:
        """Return the format that a request prefers among those that an operation offers.

        Raises:
            HTTPException: 406, none of them is acceptable; the text names them, and those that an extra would add.
        """
        formats, available = offered(use), _available(use)
        media_type = negotiate(field_value(request, "accept"), available)
        if media_type is None:
            others = [
                f"; {name} needs the extra [{each.extra}]" for name, each in formats.items() if name not in available
            ]
            accepted = shorten(field_value(request, "accept") or "")
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
        coding = _coding(request, job, format)
        fields = {**headers, **caching_headers(job, format, coding.name if coding else "")}
        if is_current(request, fields.get("ETag")):
            if request.method == "POST":  # RFC 9110, section 13.1.2
                raise HTTPException(412, "the client has this answer: `If-None-Match` names its tag", fields)
            return Response(status_code=304, headers=fields)
        fields["Content-Disposition"] = f'inline; filename="{format.file_name(job)}"'  # RFC 6266
        if coding:
            fields["Content-Encoding"] = coding.name
        media_type = format.content_type or format.media_type
        if request.method == "HEAD":
            head = Response(headers=fields, media_type=media_type)
            del head.headers["content-length"]  # GET's is not known without making the images
            return head
        compress = partial(coding.compress_pieces, is_streamed=format.is_streamed) if coding else None
        with charge(request, len(plan)):
            encoding = await encode(self._engine, job, format, transform=compress)
        if encoding.content is not None:
            fields |= server_timing(request, encoding.first, encoding.encode_s)
            return Response(encoding.content, headers=fields, media_type=media_type)
        if format.size is not None and not coding:
            fields["Content-Length"] = str(format.size(job))
        fields |= first_chunk_timing(encoding.first)
        return TimedStream(encoding, fields, media_type)


@cache
def _available(use: Use) -> tuple[str, ...]:
    """Return the media types of an operation whose libraries are installed."""
    return tuple(media_type for media_type, each in offered(use).items() if each.is_installed)


def _coding(request: Request, job: Job, format: Format) -> Coding | None:
    """Return the content coding of an answer; None for answers that are small, or already compressed."""
    if not format.is_compressible or len(job.plan) < _WORTH_CODING:
        return None
    return choose_coding(field_value(request, "accept-encoding"))
