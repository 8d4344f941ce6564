"""Knows ``POST /interpolate``: key images in, the frames between them out, in one of the forms on offer.

Does not know how images are made or rendered.
"""

from fastapi import APIRouter, Request, Response

from digitgan.formats.registry import FRAMES
from service.requests.interpolate import MAX_KEYS, InterpolateRequest
from service.routes.answers import Answers
from service.routes.documented import answer_of
from service.routes.json_route import JsonRoute
from service.schemas import GenerateResponse


def router(answers: Answers) -> APIRouter:
    """Return the route that interpolates."""
    routes = APIRouter(tags=["digits"], route_class=JsonRoute.for_lists(MAX_KEYS))

    @routes.post("/interpolate", responses=answer_of(FRAMES.values(), GenerateResponse), response_class=Response)
    async def interpolate(request: Request, body: InterpolateRequest) -> Response:
        """Go from key image to key image in small steps: as an animation, a contact sheet, or frame by frame.

        Styles turn into each other by degrees; the class changes at once, halfway between two keys.
        """
        form = answers.choose(request, FRAMES)
        card = answers.card_of(body.model, body.version)
        plan, picture = body.plan_and_picture(card, answers.most_images(form, in_one_piece=True))
        return await answers.answer(request, answers.understand(plan, picture, form, keys=body.keys), form)

    return routes
