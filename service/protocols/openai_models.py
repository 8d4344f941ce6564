"""``/v1/models``, for clients of OpenAI's API: the models that are served, by name.

Source: OpenAI, "API reference", Models.
"""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from digitgan.contract.card import Card

from ..http.openapi import PathModel
from ..http.routing import create_router
from ..http.services import Services
from .errors import OPENAI_ERRORS


class ModelObject(BaseModel):
    """One model, by its newest version."""

    id: Annotated[str, Field(description="its name")]
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="seconds since 1970")]
    owned_by: Literal["digitgan"] = "digitgan"


class ModelPage(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


def router(services: Services) -> APIRouter:
    """Return the routes that OpenAI's clients use for models."""
    engine = services.engine
    routes = create_router(prefix="/v1", tags=["openai"], responses=OPENAI_ERRORS)

    @routes.get("/models")
    async def list_openai_models() -> ModelPage:
        """List the models."""
        return ModelPage(data=[_model(engine.find(name, None).card) for name in engine.models])

    @routes.get("/models/{model}")
    async def get_openai_model(model: PathModel) -> ModelObject:
        """Describe one model."""
        return _model(engine.find(model, None).card)

    return routes


def _model(card: Card) -> ModelObject:
    return ModelObject(id=card.model, created=int(card.created.timestamp()))
