"""Knows ``GET /metrics``, where Prometheus asks.

Does not know what is counted.
"""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.telemetry.workers import Workers


def router(workers: Workers) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["health"])

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Return the metrics of all workers, in Prometheus' text format."""
        return Response(await workers.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
