"""The health checks: whether the process answers, and whether it wants requests.

Models are loaded and warmed up before the first connection is accepted, so no check waits for them.
"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from digitgan.contract.documents import MOST_LISTED

from ..http.routing import OPEN, create_router
from ..http.services import Services


class Health(BaseModel):
    """The state of a health check."""

    status: str


class RefusedName(BaseModel):
    """A model version that the last look at the models folder refused; the log says why."""

    model: str
    version: str


class ReadyHealth(Health):
    """The state of a process that is ready for requests."""

    refused: list[RefusedName] = Field(
        description=f"first {MOST_LISTED} versions that the last look at the models folder refused; metrics count all"
    )


def router(services: Services) -> APIRouter:
    """Return the routes that an orchestrator probes."""
    routes = create_router(prefix="/health", tags=["health"])

    @routes.get("/live", openapi_extra=OPEN)
    async def live() -> Health:
        """Confirm that the process answers."""
        return Health(status="live")

    @routes.get("/ready", openapi_extra=OPEN)
    async def ready() -> ReadyHealth:
        """Confirm that models are loaded and warmed up, and name the versions that were refused.

        The status is 503 once the process is about to end.
        """
        services.readiness.check()
        refused = services.repository.refused[:MOST_LISTED]  # gateways ask several times a second
        names = [RefusedName(model=each.model, version=each.version) for each in refused]
        return ReadyHealth(status="ready", refused=names)

    return routes
