"""``POST /v1/images/generations``, for clients of OpenAI's API: the one number in the prompt is written.

Source: OpenAI, "API reference", Images, Create image. `seed` is ours; their clients send it as `extra_body`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter, time
from typing import Annotated, Any, Literal

import numpy as np
import pybase64
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS
from digitgan.engine.backend import Images
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format
from digitgan.formats.registry import PNG, WEBP
from digitgan.picture.address import addresses
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.request.fields import Seed, WholeNumber

from ..http.accounting import charge, server_timing
from ..http.addresses import origin_of, prefix_of
from ..http.bodies import JsonRoute
from ..http.routing import create_router
from ..http.services import Services
from .errors import OPENAI_ERRORS
from .prompts import digits_of, fitting_scale, number_pictures

_MAX_PROMPT = 32_000  # characters, as in OpenAI's API
_MAX_PICTURES = 10  # as in OpenAI's API
_MAX_PARTIALS = 3  # as in OpenAI's API
_FORMATS = {each.name: each for each in (PNG, WEBP)}
_EVENTS = "text/event-stream"
_EVENT_STREAM = {"description": "of `stream`: `image_generation` events, each with a picture"}

_Ignored = Annotated[Any, Field(description="accepted and ignored")]
_Size = Annotated[str, Strict(), StringConstraints(pattern=r"^(auto|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$")]
_FileFormat = Literal["png", "webp"]


class ImagesRequest(BaseModel):
    """A number to write, and in how many hands."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"model": "gpt-image-1", "prompt": "a handwritten 42", "n": 2, "seed": 7},
                {"prompt": "forty-two", "size": "1024x1024", "output_format": "webp"},
            ]
        },
    )

    prompt: Annotated[
        str,
        Strict(),
        Field(
            max_length=_MAX_PROMPT,
            description=f"contains one number of up to {MAX_DIGITS} digits, which is written: digits, with single "
            "signs between them that are left out, or, if there are no digits, English words up to 999,999",
        ),
    ]
    n: Annotated[Annotated[int, WholeNumber(1, _MAX_PICTURES)] | None, Field(description="pictures; default: 1")] = None
    size: Annotated[
        _Size | None,
        Field(description="WxH or auto; the picture has the largest whole scale that fits in"),
    ] = None
    response_format: Annotated[
        Literal["url", "b64_json"] | None,
        Field(description="default: url if the name of the model begins with dall-e, otherwise b64_json"),
    ] = None
    seed: Annotated[
        Seed | None, Field(description="of the first picture, the others follow; default: drawn at random")
    ] = None
    output_format: Annotated[_FileFormat | None, Field(description="of pictures in base64; default: png")] = None
    background: Annotated[Literal["opaque", "auto"] | None, Field(description="pictures have an opaque background")] = (
        None
    )
    stream: Annotated[
        Annotated[bool, Strict()] | None, Field(description="answer with server-sent events, always in base64")
    ] = None
    partial_images: Annotated[
        Annotated[int, WholeNumber(0, _MAX_PARTIALS)] | None,
        Field(description="most events of a stream that show the first digits of a number"),
    ] = None
    model: Annotated[
        str | None, Field(description="a model that this service serves; any other name stands for the default model")
    ] = None
    complexity: _Ignored = None
    moderation: _Ignored = None
    output_compression: _Ignored = None
    quality: _Ignored = None
    safety_identifier: _Ignored = None
    style: _Ignored = None
    user: _Ignored = None

    @property
    def is_by_address(self) -> bool:
        """Whether the pictures are returned as addresses."""
        if self.stream:
            return False
        if self.response_format is None:
            return (self.model or "").startswith("dall-e")
        return self.response_format == "url"

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what to generate and how to show it: a digit, or a strip of digits in one hand, for each seed.

        Args:
            card: card of the model that answers.
            max_images: maximum number of digits in an answer.

        Raises:
            InvalidPlan: the prompt, the size or the seed is not possible.
        """
        digits, n = digits_of(self.prompt, "prompt"), self.n or 1
        if n * len(digits) > max_images:
            raise InvalidPlan("n", f"{n} times {len(digits)} digits; at most {max_images:,} digits are allowed")
        seeds = Seeds.following(self.seed, n)
        across, _, down = (self.size or "auto").partition("x")
        width, height = (int(across), int(down)) if down else (None, None)
        scale = fitting_scale(card, digits, width, height, "size")
        return number_pictures(card, digits, seeds, scale=scale, field="prompt")


class InputTokens(BaseModel):
    """Tokens of a prompt, which this service does not count."""

    image_tokens: int = 0
    text_tokens: int = 0


class OutputTokens(BaseModel):
    """What was generated."""

    image_tokens: Annotated[int, Field(description="digits")]
    text_tokens: int = 0


class Usage(BaseModel):
    """What the answer took, in the unit of this service's quotas: a token is one generated digit."""

    input_tokens: int = 0
    input_tokens_details: InputTokens = InputTokens()
    output_tokens: int
    output_tokens_details: OutputTokens
    total_tokens: int

    @classmethod
    def of(cls, n_digits: int) -> "Usage":
        """Return the usage of an answer of this many digits."""
        details = OutputTokens(image_tokens=n_digits)
        return cls(output_tokens=n_digits, output_tokens_details=details, total_tokens=n_digits)


class ImageData(BaseModel):
    """One picture."""

    url: Annotated[str | None, Field(description="its address")] = None
    b64_json: Annotated[str | None, Field(description="the file in base64")] = None
    revised_prompt: Annotated[str, Field(description="the digits that are written")]
    seed: Annotated[int, Field(description="the same seed and prompt give the same picture")]


class ImagesResponse(BaseModel):
    """Pictures, in the order of their seeds."""

    created: Annotated[int, Field(description="seconds since 1970")]
    background: Literal["opaque"] = "opaque"
    data: list[ImageData]
    output_format: _FileFormat
    size: Annotated[str, Field(description="of each picture, WxH pixels")]
    usage: Usage


class ImageEvent(BaseModel):
    """An event of a stream: a picture, or one that shows only the first digits of the number."""

    type: Literal["image_generation.partial_image", "image_generation.completed"]
    b64_json: Annotated[str, Field(description="the file in base64")]
    created_at: Annotated[int, Field(description="seconds since 1970")]
    background: Literal["opaque"] = "opaque"
    output_format: _FileFormat
    quality: Literal["auto"] = "auto"
    size: Annotated[str, Field(description="WxH pixels")]
    seed: int
    partial_image_index: Annotated[int | None, Field(description="from 0; only of a partial picture")] = None
    usage: Annotated[Usage | None, Field(description="only of a complete picture")] = None


def router(services: Services) -> APIRouter:
    """Return the route that OpenAI's clients use for images."""
    engine, answers = services.engine, services.answers
    routes = create_router(prefix="/v1", tags=["openai"], route_class=JsonRoute, responses=OPENAI_ERRORS)

    @routes.post(
        "/images/generations",
        response_model=ImagesResponse,
        responses={200: {"content": {_EVENTS: {"schema": _EVENT_STREAM}}}},
    )
    async def generations(request: Request, body: ImagesRequest) -> Response:
        """Write the number in the prompt in `n` hands.

        With `url` each picture has its address, and is generated when a client requests that.
        """
        headers: dict[str, str] = {}
        card = answers.card_of(body.model if body.model in engine.models else None, None)
        plan, picture = body.plan_and_picture(card, answers.most_images(PNG))
        format = PNG if body.is_by_address else _FORMATS[body.output_format or "png"]
        try:
            job = prepare(engine, plan, picture, format)
        except InvalidPlan as error:
            raise InvalidPlan("size" if error.field == picture.size_field else error.field, str(error)) from error
        digits = len(plan) // (body.n or 1)
        size = f"{card.image_width * digits * picture.scale}x{card.image_height * picture.scale}"
        about: dict[str, Any] = {"output_format": format.name, "size": size}
        if body.is_by_address:
            data = _addressed(job, digits, request)
        else:
            with charge(request, len(plan)):
                async with engine.generating(plan) as generated:
                    started = perf_counter()
                    if body.stream:
                        lengths = _partial_lengths(digits, body.partial_images or 0)
                        made = [event async for event in _events(job, generated, format, digits, lengths, about)]
                    else:
                        data = [
                            ImageData(b64_json=await _encode(job, part, format), **_about(part))
                            for part in _pictures(generated, digits)
                        ]
                    encode_s = perf_counter() - started
            headers = server_timing(request, generated, encode_s)
            if body.stream:
                return Response("".join(made), headers=headers | {"Cache-Control": "no-store"}, media_type=_EVENTS)
        usage = Usage.of(0 if body.is_by_address else len(plan))
        answer = ImagesResponse(created=int(time()), data=data, usage=usage, **about)
        return Response(answer.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")

    return routes


def _pictures(generated: Generated, digits: int) -> Iterator[Generated]:
    """Yield the images of each picture."""
    for start in range(0, len(generated.source), digits):
        yield generated.part(start, start + digits)


def _about(part: Generated) -> dict[str, Any]:
    return {"seed": part.source.seed(0), "revised_prompt": _digits(part)}


def _digits(part: Generated) -> str:
    return "".join(map(str, () if part.images.labels is None else part.images.labels.tolist()))


async def _encode(job: Job, part: Generated, format: Format) -> str:
    """Return the file of one picture in base64."""
    digits = _digits(part)
    picture = replace(job.picture, numbers=(digits,) if len(digits) > 1 else ())

    async def once() -> AsyncIterator[Generated]:
        yield part

    file = b"".join([bytes(piece) async for piece in format.encode(replace(job, picture=picture), once())])
    await asyncio.sleep(0)  # a short encoding happens in the event loop, and others have their turn between two
    return pybase64.b64encode_as_string(file)


async def _events(
    job: Job, generated: Generated, format: Format, digits: int, lengths: Sequence[int], about: dict[str, Any]
) -> AsyncIterator[str]:
    """Yield the events of each picture: its first digits, the others still blank, and then all of them."""
    for part in _pictures(generated, digits):
        said: dict[str, Any] = {"created_at": int(time()), "seed": part.source.seed(0), **about}
        for index, length in enumerate(lengths):
            file = await _encode(job, _beginning(part, length), format)
            yield _event(
                ImageEvent(type="image_generation.partial_image", b64_json=file, partial_image_index=index, **said)
            )
        file = await _encode(job, part, format)
        usage = Usage.of(digits)
        yield _event(ImageEvent(type="image_generation.completed", b64_json=file, usage=usage, **said))


def _partial_lengths(digits: int, most: int) -> list[int]:
    """Return how many digits each partial picture shows: at least one, and fewer than all."""
    return sorted({digits * i // (most + 1) for i in range(1, most + 1)} - {0})


def _beginning(part: Generated, length: int) -> Generated:
    pixels = part.images.pixels.copy()
    pixels[length:] = np.uint8(0)
    return replace(part, images=Images(pixels, part.images.labels))


def _event(event: ImageEvent) -> str:
    return f"event: {event.type}\ndata: {event.model_dump_json(exclude_none=True)}\n\n"


def _addressed(job: Job, digits: int, request: Request) -> list[ImageData]:
    """Return the pictures by address; none of them needs to be generated for that."""
    address, source, labels = addresses(job), job.plan.source, job.plan.labels or ()
    sign: Callable[[str], str] = request.scope["state"].get("sign", str)  # put there by `service.middleware.access`
    root = origin_of(request) + prefix_of(request)  # a signature covers the path without the prefix
    number = "".join(map(str, labels[:digits]))
    content: int | str = number if digits > 1 else labels[0]
    seeds = [source.seed(position) or 0 for position in range(0, len(source), digits)]
    return [ImageData(url=root + sign(address(seed, content)), revised_prompt=number, seed=seed) for seed in seeds]
