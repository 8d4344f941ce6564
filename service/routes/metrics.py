"""Knows ``GET /metrics``, where Prometheus asks.

Does not know what is counted.
"""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from service.telemetry.worker_metrics import WorkerMetrics

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"example": 'digitgan_images_total{model="digits",version="1",worker="0"} 64.0\n'}}}
}


def router(workers: WorkerMetrics) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["health"])

    @routes.get("/metrics", response_class=Response, responses=_ANSWER)
    async def metrics() -> Response:
        """Return the metrics of all workers, in Prometheus' text format."""
        return Response(await workers.format(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
