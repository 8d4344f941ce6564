"""Knows ``POST /dataset``: a number in, as many labelled images out, in a form that readers of data sets know.

Does not know how images are made or rendered.
"""

from fastapi import APIRouter, Request, Response

from digitgan.formats.registry import DATASETS
from digitgan.picture.picture import Picture
from service.requests.dataset import DatasetRequest
from service.routes.answers import Answers
from service.routes.documented import answer_of, at_most
from service.routes.json_route import JsonRoute


def router(answers: Answers) -> APIRouter:
    """Return the route that exports data sets."""
    most = max(map(answers.most_images, DATASETS.values()))
    routes = APIRouter(tags=["digits"], route_class=JsonRoute)

    @routes.post(
        "/dataset",
        responses=answer_of(DATASETS.values()),
        response_class=Response,
        openapi_extra=at_most(most, count="count"),
    )
    async def dataset(request: Request, body: DatasetRequest) -> Response:
        """Generate a labelled data set, balanced over the classes and the same each time, streamed.

        Ten thousand images more are the same request with the seed moved on by as many.
        """
        form = answers.choose(request, DATASETS)
        plan = body.plan(answers.card_of(body.model, body.version), answers.most_images(form))
        return await answers.answer(request, answers.understand(plan, Picture(), form), form)

    return routes
