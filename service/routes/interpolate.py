"""``POST /interpolate``: the frames between key images, as an animation, a contact sheet, or one by one."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import FRAME_MS_STEP, MAX_FRAME_MS, MAX_KEYS, MAX_STEPS, MIN_FRAME_MS
from digitgan.contract.words import counted
from digitgan.engine.interpolation import frame_plan
from digitgan.engine.plan import Plan, numbered
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from digitgan.picture.looks import SheetLooks
from digitgan.picture.picture import Picture
from digitgan.request.fields import (
    ALONE,
    Hand,
    LabelList,
    Latent,
    ModelFields,
    Seed,
    WholeNumber,
    check_one_given,
    source_of,
)

from ..http.bodies import JsonRoute
from ..http.openapi import answer_of
from ..http.routing import create_router
from ..http.services import Services
from .generate import GenerateResponse


class _Keys(BaseModel):
    """The key images and the steps between them; a class of its own so that these fields come first."""

    seeds: Annotated[
        Annotated[list[Seed], Field(fail_fast=True, min_length=2, max_length=MAX_KEYS)] | None,
        Field(description="one seed a key image"),
    ] = None
    hands: Annotated[
        Annotated[list[Hand], Field(fail_fast=True, min_length=2, max_length=MAX_KEYS)] | None,
        Field(description="one hand a key image"),
    ] = None
    latents: Annotated[
        Annotated[list[Latent], Field(fail_fast=True, min_length=2, max_length=MAX_KEYS)] | None,
        Field(description="one latent a key image"),
    ] = None
    labels: Annotated[
        LabelList | None,
        Field(
            description="one class for all frames, or one a key: a frame has its nearest key's; "
            f"{ALONE}; default: the latent's own"
        ),
    ] = None
    steps: Annotated[int, WholeNumber(1, MAX_STEPS), Field(description="frames from one key to the next")] = 12
    loop: Annotated[bool, Field(strict=True, description="go on from the last key to the first, forever")] = False
    frame_ms: Annotated[
        int,
        Field(multiple_of=FRAME_MS_STEP),
        WholeNumber(MIN_FRAME_MS, MAX_FRAME_MS),
        Field(description="milliseconds a frame of an animation"),
    ] = 80


class InterpolateRequest(SheetLooks, ModelFields, _Keys):
    """Key images, from exactly one of `seeds`, `hands` and `latents`, and how to go from each to the next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"seeds": [1, 2, 3], "labels": [5], "steps": 12, "loop": True, "scale": 4},
                {"seeds": [7, 7], "labels": [3, 8], "steps": 8},
            ],
        },
    )

    @model_validator(mode="after")
    def _names_one_source(self) -> Self:
        check_one_given(self, "seeds", "hands", "latents")
        return self

    def plan_and_picture(self, card: Card, max_images: int) -> tuple[Plan, Picture]:
        """Return the frames as a plan, and how to show them.

        Args:
            card: card of the model version that the request names.
            max_images: maximum number of frames.

        Raises:
            InvalidPlan: lengths do not match, the model cannot make the frames, or there are more than max_images.
        """
        n_keys = len(self.seeds or self.hands or self.latents or ())
        n = n_keys * self.steps if self.loop else (n_keys - 1) * self.steps + 1
        if n > max_images:
            raise InvalidPlan(
                "steps",
                f"{n_keys} keys with {counted(self.steps, 'step')} from each to the next make {n:,} frames; "
                f"at most {max_images:,} are allowed",
            )
        source = source_of(self.seeds, self.hands, self.latents)
        given = None if self.labels is None else numbered(self.labels, card)
        labels = given and (given * n_keys if len(given) == 1 else given)
        if labels is not None and len(labels) != n_keys:
            raise InvalidPlan("labels", f"{len(labels)} labels for {n_keys} {source.field}; give one, or one for each")
        keys = Plan(source=source, labels=labels, **self.of_plan)
        return frame_plan(keys, card, self.steps, loop=self.loop), Picture.of(self)

    def keys(self, card: Card) -> dict[str, Any] | None:
        """Return the fields that say between which images the frames are; None for latents, which are long."""
        if self.latents is not None:
            return None
        given = {"seeds": self.seeds} if self.hands is None else {"hands": self.hands}
        labels = {} if self.labels is None else {"labels": numbered(self.labels, card)}
        return {**given, **labels, "steps": self.steps, "loop": self.loop}


def router(services: Services) -> APIRouter:
    """Return the route that interpolates."""
    answers, use = services.answers, Use.FRAMES
    routes = create_router(tags=["digits"], route_class=JsonRoute.for_lists(MAX_KEYS, answers.most_components))

    @routes.post("/interpolate", responses=answer_of(offered(use).values(), GenerateResponse), response_class=Response)
    async def interpolate(request: Request, body: InterpolateRequest) -> Response:
        """Go from key image to key image in small steps.

        The frames are an animation, a contact sheet, or single images. Styles turn into each other by degrees; the
        class changes at once, halfway between two keys.
        """
        chosen = answers.choose(request, use)
        card = answers.card_of(body.model, body.version)
        plan, picture = body.plan_and_picture(card, answers.most_images(chosen, in_one_piece=True))
        return await answers.answer(request, plan, picture, chosen, keys=body.keys(card))

    return routes
