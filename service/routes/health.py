"""Knows the health checks: whether the process answers, and whether it may be sent requests.

Does not know why; models are loaded and warmed up before the first connection is accepted.
"""

from fastapi import APIRouter

from service.readiness import Readiness
from service.schemas import Health


def router(readiness: Readiness) -> APIRouter:
    """Return the routes that an orchestrator asks."""
    routes = APIRouter(prefix="/health", tags=["health"])

    @routes.get("/live")
    async def live() -> Health:
        """Say that the process answers."""
        return Health(status="live")

    @routes.get("/ready")
    async def ready() -> Health:
        """Say that every model is loaded and warmed up, and that the process is not about to end: then it is 503."""
        readiness.check()
        return Health(status="ready")

    return routes
