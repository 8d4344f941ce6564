"""Knows ``/models``: what is served here, with the cards.

Does not know how models are loaded or run.
"""

from dataclasses import asdict

from fastapi import APIRouter

from service.engine.backend import Backend
from service.engine.engine import Engine
from service.engine.repository import Repository
from service.routes.documented import PathModel, PathVersion
from service.schemas import ModelList, ModelSummary, ModelVersion, RefusedVersion


def router(engine: Engine, repository: Repository) -> APIRouter:
    """Return the routes that describe an engine's models, and what the repository did not give it."""
    routes = APIRouter(prefix="/models", tags=["models"])

    @routes.get("")
    async def list_models() -> ModelList:
        """List the models, each by its newest version."""
        newest = {backend.card.model: backend for backend in engine.backends}
        return ModelList(
            default_model=engine.default_model,
            models=[_summary(each) for each in newest.values()],
            refused=[RefusedVersion(**asdict(each)) for each in repository.refused],
        )

    @routes.get("/{model}")
    async def get_model(model: PathModel) -> ModelVersion:
        """Describe a model's newest version, with its card."""
        return _version(engine.find(model, None))

    @routes.get("/{model}/{version}")
    async def get_model_version(model: PathModel, version: PathVersion) -> ModelVersion:
        """Describe one version of a model, with its card."""
        return _version(engine.find(model, version))

    def _summary(backend: Backend) -> ModelSummary:
        card = backend.card
        return ModelSummary(
            model=card.model,
            version=card.version,
            versions=engine.versions(card.model),
            description=card.description,
            n_classes=card.n_classes,
            latent_size=card.latent_size,
            precision=card.precision,
            variant_of=card.variant_of,
            provider=backend.provider,
        )

    def _version(backend: Backend) -> ModelVersion:
        return ModelVersion(
            model=backend.card.model,
            version=backend.card.version,
            versions=engine.versions(backend.card.model),
            provider=backend.provider,
            nodes=dict(backend.nodes),
            reproduces_card=backend.reproduces_card,
            card=backend.card,
        )

    return routes
