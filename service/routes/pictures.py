"""The permanent addresses of single pictures: digits, numbers, previews, and whatever a seed shows by itself."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan, number_plan, numbered
from digitgan.engine.source import source_of_one
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import PNG, offered
from digitgan.picture.looks import Colour, Looks, WritingLooks
from digitgan.picture.picture import Picture
from digitgan.picture.preview import INK, PAPER, preview_of
from digitgan.request.fields import Label, ModelFields, Number, SeedOrHand

from ..http.openapi import answer_of
from ..http.parameters import Parameters, check_unrepeated, spelt
from ..http.routing import create_router
from ..http.services import Services

_Hand = Annotated[SeedOrHand, spelt("integer"), Path(description="a seed, or the token of a hand")]
_Label = Annotated[Label, spelt("integer"), Path(description="the class: its number, or its name if it has one")]
_Digits = Annotated[Number, Path(description="the number to write")]


class PictureQuery(Parameters, Looks, ModelFields):
    """How a single picture is made and shown."""


class NumberQuery(PictureQuery, WritingLooks):
    """How a number is made and shown."""


class PreviewQuery(Parameters, ModelFields):
    """How a preview is made and shown."""

    color: Annotated[Colour, Field(description="colour of the ink; default: the page's ink")] = INK
    background: Annotated[Colour, Field(description="colour of the paper; default: the page's paper")] = PAPER


def router(services: Services) -> APIRouter:
    """Return the routes of single pictures, in every format that has addresses."""
    routes = create_router(tags=["pictures"])
    for format in offered(Use.ADDRESS).values():
        _add_routes(routes, services, format)
    return routes


def _add_routes(routes: APIRouter, services: Services, format: Format) -> None:
    headers = {"Vary": "Accept-Encoding"} if format.is_compressible else {}

    def card_of(query: PictureQuery) -> Card:
        return services.answers.card_of(query.model, query.version)

    async def answer(request: Request, plan: Plan, picture: Picture) -> Response:
        check_unrepeated([name for name, _ in request.query_params.multi_items()], "parameter")
        return await services.answers.answer(request, plan, picture, format, headers=headers)

    async def digit(request: Request, label: _Label, hand: _Hand, query: Annotated[PictureQuery, Query()]) -> Response:
        """Return one digit, or whatever else the classes of the model are.

        With `model` and `version` the address never changes its picture.
        """
        number = label if isinstance(label, int) else numbered([label], card_of(query), "label")[0]
        plan = Plan(source=source_of_one(hand), labels=[number], labels_field="label", **query.of_plan)
        return await answer(request, plan, Picture.of(query))

    async def number(
        request: Request, digits: _Digits, hand: _Hand, query: Annotated[NumberQuery, Query()]
    ) -> Response:
        """Return one number, a strip of digits in one hand."""
        plan = number_plan(source_of_one(hand), [digits], **query.of_plan)
        return await answer(request, plan, Picture.of(query, numbers=(digits,)))

    async def image(request: Request, hand: _Hand, query: Annotated[PictureQuery, Query()]) -> Response:
        """Return the image of a seed, with the class that its latent names if the model has classes.

        A hand has no class of its own, so a token is refused here: its pictures are at `/digits` and `/numbers`.
        """
        return await answer(request, Plan(source=source_of_one(hand), **query.of_plan), Picture.of(query))

    async def preview(
        request: Request, digits: _Digits, hand: _Hand, query: Annotated[PreviewQuery, Query()]
    ) -> Response:
        """Return one number in ink on paper, 1,200 x 630 pixels, to be shown beside a link."""
        plan = number_plan(source_of_one(hand), [digits], **query.of_plan)
        return await answer(request, plan, preview_of(digits, query.color, query.background))

    described = answer_of([format]) | {
        304: {"description": "`If-None-Match` names this picture; nothing was generated."}
    }
    handlers: dict[str, Callable[..., Awaitable[Response]]] = {
        "/digits/{label}/{hand}": digit,
        "/numbers/{digits:path}/{hand}": number,
        "/images/{hand}": image,
    }
    if format is PNG:
        handlers["/previews/{digits:path}/{hand}"] = preview
    for path, handler in handlers.items():
        name = handler.__name__ if format is PNG else f"{handler.__name__}_{format.name}"
        routes.add_api_route(
            path + format.suffix, handler, methods=["GET"], name=name, responses=described, response_class=Response
        )
