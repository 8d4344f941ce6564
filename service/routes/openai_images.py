"""Knows ``POST /v1/images/generations``, where clients of OpenAI's API ask for pictures.

Does not know what a prompt means, or how images are made.
"""

from time import perf_counter, time

import pybase64
from fastapi import APIRouter, Request, Response

from digitgan.engine.engine import Engine
from digitgan.formats import png_body
from digitgan.formats.items import items_aside
from digitgan.picture.address import addresses
from digitgan.picture.job import Asked
from service.protocols.openai_images import ErrorBody, ImageData, ImagesRequest, ImagesResponse
from service.routes.answers import Answers
from service.routes.counted import counted
from service.routes.json_route import JsonRoute
from service.routes.timed import server_timing


def router(engine: Engine, answers: Answers) -> APIRouter:
    """Return the route that OpenAI's clients use."""
    routes = APIRouter(
        prefix="/v1",
        tags=["openai"],
        route_class=JsonRoute,
        responses={"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}},
    )

    @routes.post("/images/generations", response_model=ImagesResponse)
    async def generations(request: Request, body: ImagesRequest) -> Response:
        """Write the number that the prompt holds, in `n` hands.

        By `url` each picture has its permanent address, and is made when that is asked for.
        """
        headers: dict[str, str] = {}
        card = answers.card_of(body.model if body.model in engine.models else None, None)
        plan, picture = body.plan_and_picture(card, answers.most_images(png_body.FORM))
        asked = answers.understand(plan, picture, png_body.FORM)
        if body.response_format == "b64_json":
            with counted(request, len(plan)):
                generated = await engine.generate(plan)
            started = perf_counter()
            made = await items_aside(asked, generated)
            data = [ImageData(b64_json=pybase64.b64encode_as_string(png), seed=said["seed"]) for said, png in made]
            headers = server_timing(request, generated, started)
        else:
            data = _addressed(asked, str(request.base_url).rstrip("/"))
        width = card.image_width * max(map(len, picture.numbers), default=1) * picture.scale
        size = f"{width}x{card.image_height * picture.scale}"
        answer = ImagesResponse(created=int(time()), data=data, size=size)
        return Response(answer.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")

    return routes


def _addressed(asked: Asked, root: str) -> list[ImageData]:
    """Return the pictures by address, none of which needs to be made for that."""
    address, numbers, seeds = addresses(asked), asked.picture.numbers, asked.plan.seeds or ()
    if numbers:
        firsts = seeds[:: len(numbers[0])]
        return [
            ImageData(url=root + address(seed, digits), seed=seed) for seed, digits in zip(firsts, numbers, strict=True)
        ]
    labels = asked.plan.labels or ()
    return [ImageData(url=root + address(seed, label), seed=seed) for seed, label in zip(seeds, labels, strict=True)]
