"""``GET /metrics``, which Prometheus scrapes."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from ..http.routing import OPEN, create_router
from ..http.services import Services

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"example": 'digitgan_images_total{model="digits",version="1",worker="0"} 64.0\n'}}}
}


def router(services: Services) -> APIRouter:
    """Return the route of the metrics."""
    routes = create_router(tags=["health"])
    formatting = asyncio.Lock()  # it takes milliseconds: between two scrapes, the event loop serves others

    @routes.get("/metrics", response_class=Response, responses=_ANSWER, openapi_extra=OPEN)
    async def metrics() -> Response:
        """Return the metrics of all workers, in Prometheus' text format."""
        async with formatting:
            text = await services.workers.format()
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
