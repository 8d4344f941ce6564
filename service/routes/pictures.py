"""Knows the permanent addresses of single pictures: digits, numbers, and whatever a seed shows by itself.

Does not know how images are made or rendered.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from digitgan.contract.latents import MAX_SEED
from digitgan.engine.plan import Plan
from digitgan.formats import png_body
from digitgan.picture.picture import Picture
from service.requests.fields import MAX_DIGITS, ModelName, ModelVersion
from service.routes.answers import Answers
from service.routes.documented import answer_of

_Seed = Annotated[int, Path(ge=0, le=MAX_SEED)]
_Label = Annotated[int, Path(ge=0, description="the class")]
_Digits = Annotated[str, Path(pattern=rf"^[0-9]{{1,{MAX_DIGITS}}}$", description="the number to write")]


class PictureQuery(BaseModel):
    """How a single picture is made and shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = None
    version: ModelVersion = None
    truncation: Annotated[FiniteFloat, Field(ge=0, le=2, description="scales the style of the latent")] = 1.0
    scale: Annotated[int, Field(ge=1, le=32, description="side of the square that each pixel becomes")] = 1
    invert: Annotated[bool, Field(description="black ink on white")] = False
    metadata: Annotated[bool, Field(description="the PNG says what it comes from, and that a model made it")] = False


class NumberQuery(PictureQuery):
    """How a number is made and shown."""

    gap: Annotated[int, Field(ge=0, le=28, description="pixels between digits, before scaling")] = 0


def router(answers: Answers) -> APIRouter:
    """Return the routes of single pictures."""
    routes = APIRouter(tags=["pictures"])
    form = png_body.FORM
    described = answer_of([form]) | {304: {"description": "`If-None-Match` names this picture; nothing was made."}}

    async def answer(request: Request, plan: Plan, picture: Picture) -> Response:
        return await answers.answer(request, answers.understand(plan, picture, form), form, {})

    @routes.get("/digits/{label}/{seed}.png", responses=described, response_class=Response)
    async def digit(request: Request, label: _Label, seed: _Seed, query: Annotated[PictureQuery, Query()]) -> Response:
        """Return one digit. With `model` and `version` the address never changes its picture."""
        plan = Plan([seed], None, [label], query.truncation, query.model, query.version, labels_field="label")
        return await answer(request, plan, Picture(query.scale, invert=query.invert, metadata=query.metadata))

    @routes.get("/numbers/{digits}/{seed}.png", responses=described, response_class=Response)
    async def number(
        request: Request, digits: _Digits, seed: _Seed, query: Annotated[NumberQuery, Query()]
    ) -> Response:
        """Return one number, a strip of digits in the hand of one seed."""
        labels = [int(digit) for digit in digits]
        seeds = [seed] * len(labels)
        plan = Plan(seeds, None, labels, query.truncation, query.model, query.version, labels_field="digits")
        picture = Picture(query.scale, invert=query.invert, numbers=(digits,), gap=query.gap, metadata=query.metadata)
        return await answer(request, plan, picture)

    @routes.get("/images/{seed}.png", responses=described, response_class=Response)
    async def image(request: Request, seed: _Seed, query: Annotated[PictureQuery, Query()]) -> Response:
        """Return what a seed shows by itself: for a model without classes, or with the class that the latent names."""
        plan = Plan([seed], None, None, query.truncation, query.model, query.version)
        return await answer(request, plan, Picture(query.scale, invert=query.invert, metadata=query.metadata))

    return routes
