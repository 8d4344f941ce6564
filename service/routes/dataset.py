"""``POST /dataset``: labelled images in a format that readers of data sets understand."""

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict

from digitgan.dataset.spec import DatasetSpec
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from digitgan.picture.picture import Picture

from ..http.bodies import JsonRoute
from ..http.openapi import answer_of, at_most
from ..http.routing import create_router
from ..http.services import Services


class DatasetRequest(DatasetSpec):
    """How many labelled images, and from which seed on.

    Image i has seed `seed + i` and, unless `labels` says otherwise, class `i` modulo the number of classes. So any part
    of a data set is available by itself, and each image is the one at its address. In one `hand`, the seeds vary it by
    `vary`.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"count": 1_000}, {"count": 500, "seed": 1_000, "truncation": 0.9}]},
    )


def router(services: Services) -> APIRouter:
    """Return the route that exports data sets."""
    answers, use = services.answers, Use.DATASET
    routes = create_router(tags=["digits"], route_class=JsonRoute)

    @routes.post(
        "/dataset",
        responses=answer_of(offered(use).values()),
        response_class=Response,
        openapi_extra=at_most(answers.most_of(use), count="count"),
    )
    async def dataset(request: Request, body: DatasetRequest) -> Response:
        """Generate a labelled data set, balanced over the classes by default.

        It is the same each time, and streamed. For ten thousand more images, send the same request with `seed`
        increased by as many.
        """
        chosen = answers.choose(request, use)
        plan = body.plan(answers.card_of(body.model, body.version), answers.most_images(chosen))
        return await answers.answer(request, plan, Picture(), chosen)

    return routes
