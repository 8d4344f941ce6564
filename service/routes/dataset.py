"""``POST /dataset``: labelled images in a format that readers of data sets understand."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from digitgan.dataset.spec import DatasetSpec
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from digitgan.picture.picture import Picture
from digitgan.request.fields import ModelName, ModelVersion, Seed, Truncation, WholeNumber

from ..http.bodies import JsonRoute
from ..http.openapi import answer_of, at_most
from ..http.routing import create_router
from ..http.services import Services


class DatasetRequest(BaseModel):
    """How many labelled images, and from which seed on.

    Image i has seed `seed + i` and class `i` modulo the number of classes, so any part of a data set is available by
    itself, and each image is the one at its address.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"count": 1_000}, {"count": 500, "seed": 1_000, "truncation": 0.9}]},
    )

    count: Annotated[int, WholeNumber(1), Field(description="how many images; classes differ by one image at most")]
    seed: Annotated[Seed, Field(description="seed of the first image; the others follow")] = 0
    model: ModelName = None
    version: ModelVersion = None
    truncation: Truncation = 1.0

    def spec(self) -> DatasetSpec:
        """Return the data set that the request describes."""
        return DatasetSpec(**dict(self))


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
        """Generate a labelled data set, balanced over the classes.

        It is the same each time, and streamed. For ten thousand more images, send the same request with `seed`
        increased by as many.
        """
        chosen = answers.choose(request, use)
        plan = body.spec().plan(answers.card_of(body.model, body.version), answers.most_images(chosen))
        return await answers.answer(request, plan, Picture(), chosen)

    return routes
