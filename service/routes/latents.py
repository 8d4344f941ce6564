"""``POST /latents``: the latents of seeds, for clients that start from a seed and move on."""

import asyncio

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.words import counted
from digitgan.request.fields import ALONE, ModelName, ModelVersion, SeedList

from ..http.bodies import JsonRoute
from ..http.openapi import at_most
from ..http.routing import create_router
from ..http.services import Services


class LatentsRequest(BaseModel):
    """Seeds, and the model for whose latent size they become latents."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"seeds": [1, 2]}, {"seeds": [7], "model": "mlp"}]}
    )

    seeds: SeedList = Field(description=f"one seed a latent; {ALONE}")
    model: ModelName = None
    version: ModelVersion = None


class LatentsResponse(BaseModel):
    """Latents, in the order of their seeds."""

    model: str
    version: str
    seeds: list[int]
    latents: list[list[float]] = Field(
        description="each of the model's latent size; each number the shortest text of its float32"
    )


def router(services: Services) -> APIRouter:
    """Return the route that computes latents."""
    max_images = services.settings.max_images
    routes = create_router(tags=["digits"], route_class=JsonRoute.for_lists(max_images))

    @routes.post("/latents", response_model=LatentsResponse, openapi_extra=at_most(max_images, lists=["seeds"]))
    async def latents(request: Request, body: LatentsRequest) -> Response:  # noqa: ARG001 - the route class passes it
        """Return the latent of each seed, before truncation.

        `POST /generate` draws the same image from either.
        """
        card = services.answers.card_of(body.model, body.version)
        if len(body.seeds) > max_images:
            raise InvalidPlan("seeds", f"{counted(len(body.seeds), 'seed')}; at most {max_images:,} are allowed")
        content = await asyncio.to_thread(_encode, body.seeds, card.model, card.version, card.latent_size)
        return Response(content, media_type="application/json")

    return routes


def _encode(seeds: list[int], model: str, version: str, size: int) -> bytes:
    answer = {"model": model, "version": version, "seeds": seeds, "latents": seeds_to_latents(seeds, size)}
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
