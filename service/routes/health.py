"""The health checks: whether the process answers, and whether it wants requests.

Models are loaded and warmed up before the first connection is accepted, so no check waits for them.
"""

from fastapi import APIRouter
from pydantic import BaseModel

from ..http.routing import OPEN, create_router
from ..http.services import Services


class Health(BaseModel):
    """The state of a health check."""

    status: str


def router(services: Services) -> APIRouter:
    """Return the routes that an orchestrator probes."""
    routes = create_router(prefix="/health", tags=["health"])

    @routes.get("/live", openapi_extra=OPEN)
    async def live() -> Health:
        """Confirm that the process answers."""
        return Health(status="live")

    @routes.get("/ready", openapi_extra=OPEN)
    async def ready() -> Health:
        """Confirm that every model is loaded and warmed up.

        The status is 503 once the process is about to end.
        """
        services.readiness.check()
        return Health(status="ready")

    return routes
