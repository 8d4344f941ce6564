"""Knows how any request for images is answered: which form, whether the client has it already, whole or streamed.

Does not know paths or what requests say, nor how images are made or rendered.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import partial
from time import perf_counter

from fastapi import HTTPException, Request, Response
from starlette.responses import StreamingResponse

from digitgan.contract.card import Card
from digitgan.engine.engine import Engine, Generated
from digitgan.formats import png_body
from digitgan.formats.format import Form, Streamed, Whole
from digitgan.formats.items import FEW_IMAGES
from digitgan.formats.understood import understand
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Asked
from service.http.coding import Coding, choose
from service.http.etag import etag, matches
from service.http.negotiation import negotiate
from service.routes.counted import counted
from service.routes.listed import listed
from service.routes.timed import first_chunk_timing, server_timing

NEGOTIATED = {"Vary": "Accept, Accept-Encoding"}
_WORTH_CODING = 8  # images; the answer for fewer fits into a few packets as it is
FOR_GOOD = "public, max-age=31536000, immutable"  # RFC 8246; a year stands for ever, RFC 9111


class Answers:
    """Answers requests for images.

    Attributes:
        understand: `digitgan.formats.understood.understand` by this engine.

    Args:
        engine: makes the images.
        max_images: most images in an answer that is rendered whole.
        max_stream_images: most images in an answer that is streamed.
    """

    def __init__(self, engine: Engine, max_images: int, max_stream_images: int) -> None:
        self._engine = engine
        self.understand = partial(understand, engine)
        self._max_images = max_images
        self._max_stream_images = max(max_images, max_stream_images)

    def choose(self, request: Request, forms: Mapping[str, Form]) -> Form:
        """Return the form that a request prefers.

        Raises:
            HTTPException: 406, none of the forms on offer is acceptable; they are named, and those that an extra of
                this package would add.
        """
        offered = tuple([media_type for media_type, form in forms.items() if form.is_installed])
        media_type = negotiate(listed(request, "accept"), offered)
        if media_type is None:
            lacking = [
                f"; {name} needs the extra [{form.extra}]" for name, form in forms.items() if name not in offered
            ]
            raise HTTPException(406, f"the forms on offer are {', '.join(offered)}{''.join(lacking)}")
        return forms[media_type]

    def card_of(self, model: str | None, version: str | None) -> Card:
        """Return the card of a model version; None stands for the default model and for its newest version.

        Raises:
            UnknownModel: no such model or version.
        """
        return self._engine.find(model, version).card

    def most_images(self, form: Form, *, in_one_piece: bool = False) -> int:
        """Return the most images that an answer may hold; one that cannot be cut in chunks counts as whole."""
        return self._max_stream_images if isinstance(form, Streamed) and not in_one_piece else self._max_images

    async def answer(
        self, request: Request, asked: Asked, form: Form, headers: Mapping[str, str] = NEGOTIATED
    ) -> Response:
        """Return the answer; without a model run where the client has it, or only its headers are wanted.

        Raises:
            HTTPException: 412, the client has it, and posted.
            QuotaExceeded: the client may not have as many images now.
            Overloaded, RunFailed: as the engine does, before the first byte of an answer.
        """
        coding = choose(listed(request, "accept-encoding")) if _is_worth_coding(form, asked) else None
        headers = {**headers, **_caching(asked, form, coding.name if coding else "")}
        if matches(listed(request, "if-none-match"), headers.get("ETag")):
            if request.method == "POST":  # RFC 9110, section 13.1.2
                raise HTTPException(412, "the answer is the one that `If-None-Match` names", headers)
            return Response(status_code=304, headers=headers)
        if coding:
            headers["Content-Encoding"] = coding.name
        media_type = form.content_type or form.media_type
        if request.method == "HEAD":
            answer = Response(headers=headers, media_type=media_type)
            del answer.headers["content-length"]  # GET's is not known without making the images
            return answer
        with counted(request, len(asked.plan)):
            if isinstance(form, Streamed):
                return await self._streamed(request, asked, form, headers, coding)
            generated = await self._engine.generate(asked.plan)
        started = perf_counter()
        if len(asked.plan) <= FEW_IMAGES and form.made_with is None:
            content = _rendered(form, asked, generated, coding)
        else:
            content = await asyncio.to_thread(_rendered, form, asked, generated, coding)
        headers |= server_timing(request, generated, started)
        return Response(content, headers=headers, media_type=media_type)

    async def _streamed(
        self, request: Request, asked: Asked, form: Streamed, headers: dict[str, str], coding: Coding | None
    ) -> Response:
        """Return an answer that goes out while it is made, or at once and with its length where one chunk is all."""
        is_one_chunk = bool(asked.picture.numbers) or len(asked.plan) <= self._engine.chunk_images
        if is_one_chunk:
            first, rest = await self._engine.generate(asked.plan), None
        else:
            rest = await self._engine.stream(asked.plan)
            first = await anext(rest)  # made already
        started = perf_counter()
        pieces = form.stream(asked, _chunks(first, rest))
        if coding:
            pieces = coding.compress_stream(pieces)
        elif form.size is not None:
            headers["Content-Length"] = str(form.size(asked))
        media_type = form.content_type or form.media_type
        if is_one_chunk:
            content = b"".join([piece async for piece in pieces])
            headers |= server_timing(request, first, started)
            return Response(content, headers=headers, media_type=media_type)
        headers |= first_chunk_timing(first)
        return StreamingResponse(pieces, headers=headers, media_type=media_type)


def _rendered(form: Whole, asked: Asked, generated: Generated, coding: Coding | None) -> bytes:
    content = form.render(asked, generated)
    return coding.compress(content) if coding else content


def _is_worth_coding(form: Form, asked: Asked) -> bool:
    return form.compresses and len(asked.plan) >= _WORTH_CODING


def _caching(asked: Asked, form: Form, content_coding: str) -> dict[str, str]:
    """Return what an answer says of its reuse, known before any work."""
    if asked.is_random:
        return {"Cache-Control": "no-store"}
    is_for_good = asked.plan.model is not None and asked.plan.version is not None
    headers = {
        "ETag": etag(asked, form, content_coding),
        "Cache-Control": FOR_GOOD if is_for_good else "no-cache",
    }
    if form.media_type == png_body.FORM.media_type and (address := address_of_one(asked)):
        headers["Content-Location"] = address
    return headers


async def _chunks(first: Generated, rest: AsyncIterator[Generated] | None) -> AsyncIterator[Generated]:
    yield first
    if rest is not None:
        async for generated in rest:
            yield generated
