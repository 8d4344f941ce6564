"""``POST /models/{model}``, for Hugging Face's clients of inference endpoints: the one number in the text is written.

Source: Hugging Face, "Inference Providers", Text to Image. Their clients send it to the address that they are given.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, Strict

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.source import seeds_or_hand
from digitgan.formats.registry import PNG
from digitgan.picture.picture import Picture
from digitgan.request.fields import Hand, Seed, WholeNumber

from ..http.bodies import JsonRoute
from ..http.openapi import answer_of
from ..http.routing import create_router
from ..http.services import Services
from .errors import HUGGING_FACE_ERRORS
from .prompts import PromptLooks, number_in

_MAX_TEXT = 4_096  # characters
_MAX_SIDE = 99_999  # pixels; larger pictures are refused for other reasons

_MODEL, _VERSION = (
    {"name": name, "in": "path", "required": True, "schema": {"type": "string", "examples": [example]}}
    for name, example in (("model", "digits"), ("version", "1"))
)

_Ignored = Annotated[Any, Field(description="accepted and ignored")]
_Side = Annotated[
    Annotated[int, WholeNumber(1, _MAX_SIDE)] | None,
    Field(description="pixels; the picture is the largest that fits in"),
]


class _Parameters(BaseModel):
    """The fields of the protocol; a class of its own so that they come first."""

    seed: Annotated[Seed | None, Field(description="decides the hand; default: drawn at random")] = None
    hand: Annotated[Hand | None, Field(description="token of the hand, instead of a seed")] = None
    width: _Side = None
    height: _Side = None
    guidance_scale: _Ignored = None
    negative_prompt: _Ignored = None
    num_inference_steps: _Ignored = None
    scheduler: _Ignored = None


class TextToImageParameters(PromptLooks, _Parameters):
    """How the number is written."""


class TextToImageRequest(BaseModel):
    """A number to write."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"inputs": "42"}, {"inputs": "forty-two", "parameters": {"seed": 7}}]},
    )

    inputs: Annotated[
        str, Strict(), Field(max_length=_MAX_TEXT, description="contains one number, read as a prompt of `/v1` is")
    ]
    parameters: TextToImageParameters = TextToImageParameters()
    options: _Ignored = None

    def plan_and_picture(self, card: Card, version: str | None) -> tuple[Plan, Picture]:
        """Return what to generate and how to show it.

        Args:
            card: card of the model that answers.
            version: the version in the address; None if there is none.

        Raises:
            InvalidPlan: the text or the size is not possible.
        """
        given = self.parameters
        number = number_in(self.inputs, "inputs")
        hand = seeds_or_hand(given.seed, given.hand, name="parameters/hand")
        plan = number_plan(hand, [number], labels_field="inputs", model=card.model, version=version)
        return plan, given.picture(card, number, given.width, given.height, "parameters/width")


def router(services: Services) -> APIRouter:
    """Return the routes that Hugging Face's clients use."""
    answers = services.answers
    routes = create_router(
        prefix="/models",
        tags=["hugging face"],
        route_class=JsonRoute,
        responses=answer_of([PNG]) | HUGGING_FACE_ERRORS,
    )

    @routes.post("/{model}", response_class=Response, openapi_extra={"parameters": [_MODEL]})
    async def text_to_image(request: Request, body: TextToImageRequest) -> Response:
        """Write a number with a model's newest version."""
        version = request.path_params.get("version")
        card = answers.card_of(request.path_params["model"], version)
        plan, picture = body.plan_and_picture(card, version)
        is_random = body.parameters.seed is None and body.parameters.hand is None
        return await answers.answer(request, plan, picture, PNG, is_random=is_random, headers={})

    @routes.post("/{model}/{version}", response_class=Response, openapi_extra={"parameters": [_MODEL, _VERSION]})
    async def text_to_image_by_version(request: Request, body: TextToImageRequest) -> Response:
        """Write a number with one version of a model."""
        return await text_to_image(request, body)

    return routes
