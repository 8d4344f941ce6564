"""Knows the health checks: whether the process answers, and whether it may be sent requests.

Does not know why; models are loaded and warmed up before the first connection is accepted.
"""

from fastapi import APIRouter

from service.schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Health:
    """Say that the process answers."""
    return Health(status="live")


@router.get("/ready")
async def ready() -> Health:
    """Say that every model is loaded and warmed up."""
    return Health(status="ready")
