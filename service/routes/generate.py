"""``/generate``, by POST and QUERY: images or numbers from seeds, latents or a count of random seeds."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.words import counted
from digitgan.engine.plan import Plan, number_plan, spread
from digitgan.engine.source import Seeds, Source
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from digitgan.picture.picture import Picture
from digitgan.request.fields import (
    ALONE,
    Columns,
    Gap,
    Invert,
    LabelList,
    LatentList,
    Metadata,
    ModelName,
    ModelVersion,
    NumberList,
    Padding,
    Scale,
    SeedList,
    Truncation,
    WholeNumber,
    check_one_given,
    source_of,
)

from ..http.answers import NEGOTIATED
from ..http.bodies import JsonRoute
from ..http.openapi import answer_of, at_most
from ..http.routing import create_router
from ..http.services import Services

_HEADERS = NEGOTIATED | {"Accept-Query": '"application/json"'}  # RFC 10008, section 3


class GenerateRequest(BaseModel):
    """What to generate, from exactly one of `seeds`, `latents` and `count`, and how to show it.

    `labels` and `digits` exclude each other.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": [3, 1, 4]},
                {"seeds": [7], "digits": ["2026"], "gap": 2, "scale": 4},
                {"count": 16, "columns": 4},
            ],
        },
    )

    seeds: Annotated[
        SeedList | None,
        Field(description=f"one seed an image or number, or one for all of the labels or digits; {ALONE}"),
    ] = None
    latents: Annotated[
        LatentList | None,
        Field(description=f"one latent an image or number, each of the model's latent size; {ALONE}"),
    ] = None
    count: Annotated[
        Annotated[int, WholeNumber(1)] | None, Field(description="how many random seeds to draw; they are returned")
    ] = None
    labels: Annotated[
        LabelList | None,
        Field(description=f"the class of each image, or one for all; {ALONE}; default: the latent's own class"),
    ] = None
    digits: Annotated[
        NumberList | None,
        Field(description=f"numbers to write, each as one strip of digits in the hand of one seed; {ALONE}"),
    ] = None
    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0
    scale: Scale = 1
    columns: Columns = None
    padding: Padding = 2
    gap: Gap = 0
    invert: Invert = False
    metadata: Metadata = False

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "seeds", "latents", "count")
        if self.labels is not None and self.digits is not None:
            raise ValueError("give labels or digits, not both: digits are the labels of a number, one after the other")
        return self

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return what to generate and how to show it, with single items spread and random seeds drawn.

        Args:
            card: card of the model version that the request names.
            max_images: maximum number of images.

        Raises:
            InvalidPlan: lengths do not match, latents do not fit the model, or there are more than max_images.
        """
        source = self._source(card, max_images)
        options: dict[str, Any] = {"truncation": self.truncation, "model": self.model, "version": self.version}
        numbers: tuple[str, ...] = ()
        if self.digits is not None:
            source, several = spread(source, self.digits, "digits")
            numbers = tuple(several)
            _check_count(sum(map(len, numbers)), max_images, "digits")
            plan = number_plan(source, numbers, **options)
        elif self.labels is not None:
            source, labels = spread(source, self.labels, "labels")
            _check_count(len(source), max_images, source.field)
            plan = Plan(source=source, labels=labels, **options)
        else:
            plan = Plan(source=source, **options)
        picture = Picture(
            scale=self.scale,
            columns=self.columns,
            padding=self.padding,
            invert=self.invert,
            numbers=numbers,
            gap=self.gap,
            metadata=self.metadata,
        )
        return plan, picture

    def _source(self, card: Card, max_images: int) -> Source:
        """Return the source that the request gives, checked before any of it is repeated."""
        if self.count is not None:
            _check_count(self.count, max_images, "count")
            return Seeds.random(self.count)
        given = self.seeds if self.latents is None else self.latents
        _check_count(len(given or ()), max_images, "seeds" if self.latents is None else "latents")
        source = source_of(self.seeds, self.latents)
        source.check(card)
        return source


def _check_count(n: int, max_images: int, field: str) -> None:
    if n > max_images:
        raise InvalidPlan(field, f"{counted(n, 'image')}; at most {max_images:,} are allowed in this format")


class Box(BaseModel):
    """A rectangle in a picture, in its pixels, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


class DigitBox(BaseModel):
    """One digit of a number."""

    label: int
    cell: Box = Field(description="the square that the digit was generated in")
    ink: Box | None = Field(description="the smallest box around all pixels of at least a quarter of full ink")


class GeneratedImage(BaseModel):
    """One generated image; or one number, a strip of digits in one hand, if the request has `digits`."""

    seed: int | None = Field(description="null if a latent was given")
    label: int | None = Field(
        None, description="the class that was generated; null for a model without classes; absent from a number"
    )
    digits: str | None = Field(None, description="the number; absent from an image")
    url: str | None = Field(description="permanent address of the same PNG; null if a latent was given")
    boxes: list[DigitBox] | None = Field(
        None, description="place of each digit of a number, from left to right; absent from an image"
    )
    png: str = Field(description="PNG file, 8-bit greyscale, in base64")


class GenerateResponse(BaseModel):
    """Generated images, or numbers if the request has digits, in the order of the request."""

    model: str
    version: str
    images: list[GeneratedImage]


def router(services: Services) -> APIRouter:
    """Return the route that generates images."""
    answers, use = services.answers, Use.IMAGES
    most = answers.most_of(use)
    routes = create_router(tags=["digits"], route_class=JsonRoute.for_lists(most, answers.most_components))

    # OpenAPI 3.1 has no QUERY, so only POST is in the description.
    @routes.api_route("/generate", methods=["QUERY"], include_in_schema=False)
    @routes.post(
        "/generate",
        responses=answer_of(offered(use).values(), GenerateResponse),
        response_class=Response,
        openapi_extra=at_most(most, count="count", lists=("seeds", "latents", "labels")),
    )
    async def generate(request: Request, body: GenerateRequest) -> Response:
        """Generate digits or numbers from seeds, latents, or a count of random seeds.

        The same seed, label and options give the same bytes each time. `QUERY /generate` takes the same body, and tells
        every cache and gateway on the way that the request is safe to repeat.
        """
        chosen = answers.choose(request, use)
        most = answers.most_images(chosen, in_one_piece=body.digits is not None)
        plan, picture = body.plan_and_picture(answers.card_of(body.model, body.version), most)
        is_random = body.count is not None
        return await answers.answer(request, plan, picture, chosen, is_random=is_random, headers=_HEADERS)

    return routes
