"""``/generate``, by POST and QUERY: images or numbers from seeds, hands, latents or a count of random seeds."""

from typing import Annotated, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationInfo, field_validator, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import SIGNS_IN_WORDS
from digitgan.contract.words import counted
from digitgan.engine.plan import Plan, n_digits, number_plan, numbered, spread
from digitgan.engine.source import Seeds, Source
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from digitgan.picture.looks import SheetLooks, WritingLooks
from digitgan.picture.picture import Picture
from digitgan.request.fields import (
    ALONE,
    HandList,
    LabelList,
    LatentList,
    ModelFields,
    NumberList,
    SeedList,
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


class _Contents(BaseModel):
    """What to generate; a class of its own so that these fields come first."""

    seeds: Annotated[
        SeedList | None,
        Field(description=f"one seed an image or number, or one for all of the labels or digits; {ALONE}"),
    ] = None
    hands: Annotated[
        HandList | None,
        Field(description=f"one hand an image or number, or one for all of the labels or digits; {ALONE}"),
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
        Field(
            description=f"the class of each image by number or name, or one for all; {ALONE}; default: the latent's "
            "own class"
        ),
    ] = None
    digits: Annotated[
        NumberList | None,
        Field(
            description="numbers to write, each in the hand of one seed, with digits and the signs "
            f"{SIGNS_IN_WORDS}; {ALONE}"
        ),
    ] = None


class GenerateRequest(WritingLooks, SheetLooks, ModelFields, _Contents):
    """What to generate, from exactly one of `seeds`, `hands`, `latents` and `count`, and how to show it.

    `labels` and `digits` exclude each other.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": [3, 1, 4]},
                {"seeds": [7], "digits": ["2026"], "gap": 2, "scale": 4},
                {"count": 16, "columns": 4},
            ],
        },
    )

    masks: Annotated[
        bool,
        Strict(),
        Field(description="each digit and sign of a number also alone, in its box; for digits, in JSON and NDJSON"),
    ] = False

    @field_validator("masks", "animate")
    @classmethod
    def _is_for_numbers(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("digits") is None:
            raise ValueError("must be false without digits; it is for numbers, also for those of one digit")
        return value

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "seeds", "hands", "latents", "count")
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
        if self.digits is not None:
            source, numbers = spread(source, self.digits, "digits")
            _check_count(sum(map(n_digits, numbers)), max_images, "digits")
            return number_plan(source, numbers, **self.of_plan), Picture.of(self, numbers=tuple(numbers))
        labels = None
        if self.labels is not None:
            source, labels = spread(source, numbered(self.labels, card), "labels")
            _check_count(len(source), max_images, source.field)
        return Plan(source=source, labels=labels, **self.of_plan), Picture.of(self)

    def _source(self, card: Card, max_images: int) -> Source:
        """Return the source that the request gives, checked before any of it is repeated."""
        if self.count is not None:
            _check_count(self.count, max_images, "count")
            return Seeds.random(self.count)
        for field, given in (("seeds", self.seeds), ("hands", self.hands), ("latents", self.latents)):
            _check_count(len(given or ()), max_images, field)
        source = source_of(self.seeds, self.hands, self.latents)
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
    """One digit or sign of a number."""

    label: int | None = Field(description="the class of a digit; null for a sign")
    text: str = Field(description="the digit or sign", examples=["7"])
    cell: Box | None = Field(
        description="the square that the digit was generated in, or the sign drawn; null in natural layout"
    )
    ink: Box | None = Field(description="the smallest box around all pixels of at least a quarter of full ink")
    mask: str | None = Field(
        None,
        description="the digit or sign alone, in its box of ink, white on black: a PNG file in base64; null without "
        "ink, absent unless the request has masks",
    )


class GeneratedImage(BaseModel):
    """One generated image; or one number in one hand if the request has `digits`."""

    hand: str | None = Field(None, description="the hand that was given; absent if none was")
    seed: int | None = Field(description="null if a hand or latent was given")
    label: int | None = Field(
        None, description="the class that was generated; null for a model without classes; absent from a number"
    )
    class_name: str | None = Field(None, description="the name of the class; absent if classes have no names")
    digits: str | None = Field(None, description="the number; absent from an image")
    url: str | None = Field(description="permanent address of the same PNG; null if a latent was given")
    boxes: list[DigitBox] | None = Field(
        None, description="place of each digit and sign of a number, from left to right; absent from an image"
    )
    png: str = Field(description="PNG file, 8-bit greyscale or with a palette, in base64")


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
        openapi_extra=at_most(most, count="count", lists=("seeds", "hands", "latents", "labels")),
    )
    async def generate(request: Request, body: GenerateRequest) -> Response:
        """Generate digits or numbers from seeds, hands, latents, or a count of random seeds.

        The same seed, label and options give the same bytes each time. `QUERY /generate` takes the same body, and tells
        every cache and gateway on the way that the request is safe to repeat.
        """
        chosen = answers.choose(request, use, animate=body.animate)
        if chosen.is_animation and not body.animate:
            raise InvalidPlan(
                "animate", f"must be true for {chosen.media_type} here, which shows numbers being written"
            )
        most = answers.most_images(chosen, in_one_piece=body.digits is not None)
        plan, picture = body.plan_and_picture(answers.card_of(body.model, body.version), most)
        is_random = body.count is not None
        return await answers.answer(request, plan, picture, chosen, is_random=is_random, headers=_HEADERS)

    return routes
