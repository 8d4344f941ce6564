"""Knows ``POST /latents``: seeds in, their latents out, for clients that start from a seed and move.

Does not know how seeds become latents.
"""

import asyncio

import orjson
from fastapi import APIRouter, Request, Response

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.engine import Engine
from service.requests.latents import LatentsRequest
from service.routes.documented import at_most
from service.routes.json_route import JsonRoute
from service.schemas import LatentsResponse


def router(engine: Engine, max_images: int) -> APIRouter:
    """Return the route.

    Args:
        engine: knows which models there are.
        max_images: most seeds of one request.
    """
    routes = APIRouter(tags=["digits"], route_class=JsonRoute.for_lists(max_images))

    @routes.post("/latents", response_model=LatentsResponse, openapi_extra=at_most(max_images, lists=["seeds"]))
    async def latents(request: Request, body: LatentsRequest) -> Response:  # noqa: ARG001 - the route class gives it
        """Return the latent of each seed, before truncation: `POST /generate` draws the same image from either."""
        card = engine.find(body.model, body.version).card
        if len(body.seeds) > max_images:
            raise InvalidPlan("seeds", f"{len(body.seeds)} seeds; at most {max_images} a request")
        content = await asyncio.to_thread(_rendered, body.seeds, card.model, card.version, card.latent_size)
        return Response(content, media_type="application/json")

    return routes


def _rendered(seeds: list[int], model: str, version: str, size: int) -> bytes:
    answer = {"model": model, "version": version, "seeds": seeds, "latents": seeds_to_latents(seeds, size)}
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
