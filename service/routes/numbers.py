"""``POST /dataset/numbers``: labelled numbers, such as dates or amounts, in formats that trainers of readers take."""

from fastapi import APIRouter, Request, Response

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_STREAMED_PIXELS
from digitgan.contract.words import counted
from digitgan.dataset.numbers import NumbersSpec
from digitgan.formats.format import Use
from digitgan.formats.registry import offered

from ..http.addresses import prefix_of
from ..http.bodies import JsonRoute
from ..http.openapi import answer_of, at_most
from ..http.routing import create_router
from ..http.services import Services


class NumbersRequest(NumbersSpec):
    """How many labelled numbers, from which seed on, what they look like and how they are drawn.

    Number i has seed `seed + i`, which decides its text, its hand and how it is written, so any part of a data set is
    available by itself. In one `hand`, the seeds vary it by `vary`.
    """


def router(services: Services) -> APIRouter:
    """Return the route that exports data sets of numbers."""
    answers, use = services.answers, Use.NUMBERS
    routes = create_router(tags=["digits"], route_class=JsonRoute)

    @routes.post(
        "/dataset/numbers",
        responses=answer_of(offered(use).values()),
        response_class=Response,
        openapi_extra=at_most(answers.most_of(use), count="count"),
    )
    async def numbers(request: Request, body: NumbersRequest) -> Response:
        """Generate a labelled data set of numbers that follow a pattern.

        It is the same each time, and streamed: pictures, and for each one its text and the box of every digit and sign.
        Its images are counted as if each number were as long as any can be.
        """
        chosen = answers.choose(request, use)
        n_images, most = body.most_images, answers.most_images(chosen)
        if n_images > most:
            numbers = f"{counted(body.count, 'number')} of up to {counted(n_images // body.count, 'image')}"
            raise InvalidPlan("count", f"{numbers}; at most {most:,} images are allowed in this format")
        job = body.job(services.engine, chosen, max_pixels=MAX_STREAMED_PIXELS, root=prefix_of(request))
        return await answers.answer_job(request, job, chosen, n_images)

    return routes
