"""``POST /v1/images/generations``, for clients of OpenAI's API: the one number in the prompt is written.

Source: OpenAI, "API reference", Images, Create image.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter, time
from typing import Any, Literal

import pybase64
from fastapi import APIRouter, Request, Response

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.hand import style_of, token_of, vary
from digitgan.engine.engine import Engine, Generated
from digitgan.engine.plan import Plan
from digitgan.engine.source import Hands, Seeds, Source
from digitgan.formats.encoding import fitted, prepare
from digitgan.formats.format import Format
from digitgan.formats.registry import PNG, WEBP
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Job
from digitgan.picture.looks import NATURAL
from digitgan.picture.picture import Picture

from ..http.accounting import charge, server_timing
from ..http.addresses import origin_of, prefix_of
from ..http.bodies import JsonRoute
from ..http.routing import create_router
from ..http.services import Services
from .errors import OPENAI_ERRORS
from .openai_schemas import ImageData, ImageEvent, ImageOptions, ImagesRequest, ImagesResponse, Usage
from .prompts import number_in

_VARY = 0.3  # of the hands near one
_FORMATS = {each.name: each for each in (PNG, WEBP)}
_EVENTS = "text/event-stream"

Event = Literal["image_generation", "image_edit"]


def router(services: Services) -> APIRouter:
    """Return the route that OpenAI's clients use to generate images."""
    routes = create_router(prefix="/v1", tags=["openai"], route_class=JsonRoute, responses=OPENAI_ERRORS)

    @routes.post("/images/generations", response_model=ImagesResponse, responses=events_of("image_generation"))
    async def generations(request: Request, body: ImagesRequest) -> Response:
        """Write the number in the prompt, in one or more hands.

        With `url` each picture has its address, and is drawn when a client requests that. Only `size` with a number in
        natural layout needs its digits before, to find the height at which it fits.
        """
        number, n = number_in(body.prompt, "prompt"), body.n or 1
        hands = Seeds.following(body.seed, n) if body.hand is None else hands_near(body.hand, n, body.seed)
        return await answer_with_pictures(services, request, body, number, hands)

    return routes


def events_of(kind: Event) -> dict[int | str, dict[str, Any]]:
    """Return the description of a stream of events."""
    described = {"description": f"of `stream`: `{kind}` events, each with a picture"}
    return {200: {"content": {_EVENTS: {"schema": described}}}}


async def answer_with_pictures(
    services: Services,
    request: Request,
    options: ImageOptions,
    number: str,
    hands: Source,
    *,
    kind: Event = "image_generation",
    n_read: int = 0,
) -> Response:
    """Return the answer with a number in each of some hands.

    Args:
        services: make the pictures.
        request: the client's request.
        options: how the pictures are drawn and returned.
        number: what each hand writes.
        hands: one for each picture.
        kind: begins the names of events.
        n_read: pictures that were read for this answer.

    Raises:
        InvalidPlan: as raised by `ImageOptions.plan_and_picture`, or the model cannot draw the hands.
    """
    engine, answers = services.engine, services.answers
    card = answers.card_of(served_model(options.model, engine), None)
    plan, picture = options.plan_and_picture(number, hands, card, answers.most_images(PNG))
    n_images = len(plan) // len(hands)  # of one picture
    format = PNG if options.is_by_address else _FORMATS[options.output_format or "png"]
    about = {"background": options.shown_background, "output_format": format.name}
    is_drawn = not options.is_by_address or picture.max_width is not None  # which makes heights depend on the hand
    n_made = len(plan) if is_drawn else 0
    headers: dict[str, str] = {}
    with _size_named(picture):
        first = replace(plan.part(0, n_images), version=engine.check(plan).version)
        job = prepare(engine, first, picture, format)
        with charge(request, n_made):
            async with engine.generating(plan) if is_drawn else nullcontext() as generated:
                started = perf_counter()
                jobs = await _jobs(job, plan, generated)
                if generated is None or options.is_by_address:
                    data = [_data(each, url=_address(each, request)) for each in jobs]
                else:
                    drawn = zip(jobs, _parts(generated, n_images), strict=True)
                    if options.stream:
                        most = options.partial_images or 0
                        events = [each for one in drawn async for each in _events(*one, format, kind, most, about)]
                    else:
                        data = [_data(each, b64_json=await _encode(each, part, format)) for each, part in drawn]
                if generated:
                    headers = server_timing(request, generated, perf_counter() - started)
    if options.stream:
        return Response("".join(events), headers=headers | {"Cache-Control": "no-store"}, media_type=_EVENTS)
    sizes = {each.size for each in data}
    size = sizes.pop() if len(sizes) == 1 else None
    usage = Usage.of(n_made, n_read)
    answer = ImagesResponse(created=int(time()), data=data, usage=usage, size=size, **about)
    return Response(answer.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")


def served_model(name: str | None, engine: Engine) -> str | None:
    """Return the name of a model if it is served; None, which stands for the default model, for any other."""
    return name if name in engine.models else None


def hands_near(token: str, n: int, seed: int | None, *, with_itself: bool = True) -> Hands:
    """Return hands that differ from one as much as a person's digits differ.

    Args:
        token: the one.
        n: how many.
        seed: of the first one near it; None for 0.
        with_itself: whether the first one is the one itself.

    Raises:
        InvalidPlan: the seed of the last one is too large.
    """
    near = vary(style_of(token), _VARY, Seeds.following(seed or 0, n).values)
    tokens = [token_of(style) for style in near]
    return Hands.of([token, *tokens[:-1]] if with_itself else tokens)


@contextmanager
def _size_named(picture: Picture) -> Iterator[None]:
    """Let errors name the protocol's size instead of the field of the picture that follows from it."""
    try:
        yield
    except InvalidPlan as error:
        raise InvalidPlan("size" if error.field == picture.size_field else error.field, str(error)) from error


async def _jobs(job: Job, plan: Plan, generated: Generated | None) -> list[Job]:
    """Return the job of each picture.

    Args:
        job: that of the first picture.
        plan: the images of all pictures.
        generated: the images, if there are any yet.
    """
    n = len(job.plan)
    jobs = [replace(job, plan=plan.part(start, start + n)) for start in range(0, len(plan), n)]
    if generated is None:
        return jobs
    return [await fitted(one, part) for one, part in zip(jobs, _parts(generated, n), strict=True)]


def _parts(generated: Generated, n: int) -> Iterator[Generated]:
    """Yield the images of each picture, n together."""
    for start in range(0, len(generated.source), n):
        yield generated.part(start, start + n)


def _data(job: Job, **content: str) -> ImageData:
    return ImageData(revised_prompt=_number(job), **_hand(job.plan), size=_size(job), **content)


def _hand(plan: Plan) -> dict[str, Any]:
    """Return the field that decides the hand of a picture."""
    seed = plan.source.seed(0)
    return {"hand": plan.source.hand(0)} if seed is None else {"seed": seed}


def _number(job: Job) -> str:
    return job.picture.numbers[0] if job.picture.numbers else str(job.plan.labels[0]) if job.plan.labels else ""


def _size(job: Job) -> str | None:
    """Return the size of a picture; None if it depends on images that are not made yet."""
    picture, card = job.picture, job.card
    if picture.layout == NATURAL and picture.width is None:
        return None
    height, width = picture.shape(len(job.plan), card.image_height, card.image_width)
    return f"{width}x{height}"


async def _encode(job: Job, part: Generated, format: Format) -> str:
    """Return the file of one picture in base64."""

    async def once() -> AsyncIterator[Generated]:
        yield part

    file = b"".join([bytes(piece) async for piece in format.encode(job, once())])
    await asyncio.sleep(0)  # a short encoding happens in the event loop, and others have their turn between two
    return pybase64.b64encode_as_string(file)


async def _events(
    job: Job, part: Generated, format: Format, kind: Event, most_partials: int, about: dict[str, str]
) -> AsyncIterator[str]:
    """Yield the events of a picture: its first digits and signs, the others still blank, and then all of them."""
    said: dict[str, Any] = {"created_at": int(time()), **_hand(job.plan), "size": _size(job), **about}
    for index, length in enumerate(_partial_lengths(len(_number(job)), most_partials)):
        partial = replace(job, picture=job.picture.model_copy(update={"written": length}))
        file = await _encode(partial, part, format)
        yield _event(ImageEvent(type=f"{kind}.partial_image", b64_json=file, partial_image_index=index, **said))
    file = await _encode(job, part, format)
    usage = Usage.of(len(job.plan))
    yield _event(ImageEvent(type=f"{kind}.completed", b64_json=file, usage=usage, **said))


def _partial_lengths(length: int, most: int) -> list[int]:
    """Return how many digits and signs each partial picture shows: at least one, and fewer than all."""
    return sorted({length * i // (most + 1) for i in range(1, most + 1)} - {0})


def _event(event: ImageEvent) -> str:
    return f"event: {event.type}\ndata: {event.model_dump_json(exclude_none=True)}\n\n"


def _address(job: Job, request: Request) -> str:
    """Return the address of a picture, signed if the service requires keys."""
    sign: Callable[[str], str] = request.scope["state"].get("sign", str)  # put there by `service.middleware.access`
    root = origin_of(request) + prefix_of(request)  # a signature covers the path without the prefix
    return root + sign(address_of_one(job) or "")
