"""``POST /v1/images/generations``, for clients of OpenAI's API: the one number in the prompt is written.

Source: OpenAI, "API reference", Images, Create image. `seed` is ours; their clients send it as `extra_body`.
"""

import re
import secrets
from collections.abc import Sequence
from time import perf_counter, time
from typing import Annotated, Any, Literal

import pybase64
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS, MAX_SCALE, MAX_SEED
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import prepare
from digitgan.formats.items import items_aside
from digitgan.formats.registry import PNG
from digitgan.picture.address import addresses
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.request.fields import Seed, WholeNumber

from ..http.accounting import charge, server_timing
from ..http.bodies import JsonRoute
from ..http.services import Services

_AUTO_SCALE = 8
_MAX_PROMPT = 32_000  # characters, as in OpenAI's API
_MAX_PICTURES = 10  # as in OpenAI's API

_Ignored = Annotated[Any, Field(description="accepted and ignored")]
_Size = Annotated[str, Strict(), StringConstraints(pattern=r"^(auto|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$")]


def _in_one_piece(streams: bool) -> bool:
    """Return False, and refuse True: `Literal[False]` would accept 0, which the schema does not."""
    if streams:
        raise ValueError("answers are not streamed; only false is allowed")
    return streams


class ImagesRequest(BaseModel):
    """A number to write, and in how many hands."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"prompt": "a handwritten 42", "n": 2, "seed": 7},
                {"prompt": "2026", "size": "1024x1024", "response_format": "b64_json"},
            ]
        },
    )

    prompt: Annotated[
        str,
        Strict(),
        Field(
            max_length=_MAX_PROMPT,
            description=f"contains one number of up to {MAX_DIGITS} digits, which is written",
            json_schema_extra={
                "pattern": rf"^[^0-9]*[0-9]{{1,{MAX_DIGITS}}}[^0-9]*$"
            },  # for the description; `digits` checks it
        ),
    ]
    n: Annotated[Annotated[int, WholeNumber(1, _MAX_PICTURES)] | None, Field(description="pictures; default: 1")] = None
    size: Annotated[
        _Size | None,
        Field(description="WxH or auto; the picture has the largest whole scale that fits in"),
    ] = None
    response_format: Annotated[Literal["url", "b64_json"] | None, Field(description="default: url")] = None
    seed: Annotated[
        Seed | None, Field(description="of the first picture, the others follow; default: drawn at random")
    ] = None
    output_format: Annotated[Literal["png"] | None, Field(description="only png is available")] = None
    stream: Annotated[
        Annotated[bool, Strict(), AfterValidator(_in_one_piece), Field(json_schema_extra={"const": False})] | None,
        Field(description="answers are not streamed"),
    ] = None
    model: Annotated[
        str | None, Field(description="a model that this service serves; any other name stands for the default model")
    ] = None
    quality: _Ignored = None
    style: _Ignored = None
    user: _Ignored = None
    background: _Ignored = None
    moderation: _Ignored = None
    output_compression: _Ignored = None
    partial_images: _Ignored = None

    @property
    def digits(self) -> str:
        """The number in the prompt.

        Raises:
            InvalidPlan: the prompt contains no number, several, or one that is too long.
        """
        numbers = re.findall(r"[0-9]+", self.prompt)
        if len(numbers) != 1 or len(numbers[0]) > MAX_DIGITS:
            found = f"{len(numbers):,} numbers" if len(numbers) != 1 else f"a number of {len(numbers[0]):,} digits"
            raise InvalidPlan(
                "prompt",
                f"only digits can be drawn: the prompt must contain one number of 1 to {MAX_DIGITS} digits, as in "
                f'"a handwritten 42"; it contains {found}',
            )
        return str(numbers[0])

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what to generate and how to show it: a digit, or a strip of digits in one hand, for each seed.

        Args:
            card: card of the model that answers.
            max_images: maximum number of digits in an answer.

        Raises:
            InvalidPlan: the prompt, the size or the seed is not possible.
        """
        digits, n = self.digits, self.n or 1
        if n * len(digits) > max_images:
            raise InvalidPlan("n", f"{n} times {len(digits)} digits; at most {max_images:,} digits are allowed")
        first = secrets.randbelow(MAX_SEED - n) if self.seed is None else self.seed
        if first + n - 1 > MAX_SEED:
            raise InvalidPlan("seed", f"{n:,} seeds from {first:,} on exceed the largest seed, {MAX_SEED:,}")
        seeds, numbers = Seeds(range(first, first + n)), (digits,) * n
        plan = number_plan(seeds, numbers, labels_field="prompt", model=card.model, version=card.version)
        scale = self._scale(len(digits) * card.image_width, card.image_height)
        return plan, Picture(scale=scale, numbers=numbers if len(digits) > 1 else ())

    def _scale(self, width: int, height: int) -> int:
        """Return the largest whole factor at which a picture fits the requested size."""
        if self.size is None or self.size == "auto":
            return _AUTO_SCALE
        across, _, down = self.size.partition("x")
        scale = min(int(across) // width, int(down) // height, MAX_SCALE)
        if scale < 1:
            raise InvalidPlan("size", f"{self.size} is too small: the picture has at least {width}x{height} pixels")
        return scale


class ImageData(BaseModel):
    """One picture."""

    url: Annotated[str | None, Field(description="its permanent address")] = None
    b64_json: Annotated[str | None, Field(description="PNG file in base64")] = None
    seed: Annotated[int, Field(description="the same seed and prompt give the same picture")]


class ImagesResponse(BaseModel):
    """Pictures, in the order of their seeds."""

    created: Annotated[int, Field(description="seconds since 1970")]
    data: list[ImageData]
    output_format: str = "png"
    size: Annotated[str, Field(description="of each picture, WxH pixels")]


class ErrorDetail(BaseModel):
    """The error itself."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="the field at fault")]
    code: str


class ErrorBody(BaseModel):
    """An error."""

    error: ErrorDetail


def router(services: Services) -> APIRouter:
    """Return the route that OpenAI's clients use."""
    engine, answers = services.engine, services.answers
    routes = APIRouter(
        prefix="/v1",
        tags=["openai"],
        route_class=JsonRoute,
        responses={"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}},
    )

    @routes.post("/images/generations", response_model=ImagesResponse)
    async def generations(request: Request, body: ImagesRequest) -> Response:
        """Write the number in the prompt, in `n` hands.

        With `url` each picture has its permanent address, and is generated when a client requests that.
        """
        headers: dict[str, str] = {}
        card = answers.card_of(body.model if body.model in engine.models else None, None)
        plan, picture = body.plan_and_picture(card, answers.most_images(PNG))
        job = prepare(engine, plan, picture, PNG)
        if body.response_format == "b64_json":
            with charge(request, len(plan)):
                async with engine.generating(plan) as generated:
                    started = perf_counter()
                    items = await items_aside(job, generated)
                    encode_s = perf_counter() - started
            data = [ImageData(b64_json=pybase64.b64encode_as_string(png), seed=record["seed"]) for record, png in items]
            headers = server_timing(request, generated, encode_s)
        else:
            data = _addressed(job, str(request.base_url).rstrip("/"))
        width = card.image_width * max(map(len, picture.numbers), default=1) * picture.scale
        size = f"{width}x{card.image_height * picture.scale}"
        answer = ImagesResponse(created=int(time()), data=data, size=size)
        return Response(answer.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")

    return routes


def _addressed(job: Job, root: str) -> list[ImageData]:
    """Return the pictures by address; none of them needs to be generated for that."""
    address, source = addresses(job), job.plan.source
    contents: Sequence[int | str] = job.picture.numbers or job.plan.labels or ()
    seeds = [source.seed(position) for position in range(0, len(source), len(source) // len(contents))]
    return [
        ImageData(url=root + address(seed, content), seed=seed)
        for seed, content in zip(seeds, contents, strict=True)
        if seed is not None
    ]
