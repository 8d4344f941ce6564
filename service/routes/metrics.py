"""``GET /metrics``, which Prometheus scrapes."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from ..http.negotiation import field_value, negotiate
from ..http.routing import OPEN, create_router
from ..http.services import Services
from ..telemetry.worker_metrics import CONTENT_TYPES, OPENMETRICS, TEXT

_SAMPLE = 'digitgan_images_total{model="digits",version="1",worker="0"} 64.0\n'
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {TEXT: {"example": _SAMPLE}, OPENMETRICS: {"example": f"{_SAMPLE}# EOF\n"}}}
}


def router(services: Services) -> APIRouter:
    """Return the route of the metrics."""
    routes = create_router(tags=["health"])
    formatting = asyncio.Lock()  # it takes milliseconds: between two scrapes, the event loop serves others

    @routes.get("/metrics", response_class=Response, responses=_ANSWER, openapi_extra=OPEN)
    async def metrics(request: Request) -> Response:
        """Return the metrics of all workers, in Prometheus' text format or, with exemplars, as OpenMetrics."""
        media_type = negotiate(field_value(request, "accept"), tuple(CONTENT_TYPES)) or TEXT
        async with formatting:
            text = await services.workers.format(media_type)
        return Response(text, media_type=CONTENT_TYPES[media_type], headers={"Vary": "Accept"})

    return routes
