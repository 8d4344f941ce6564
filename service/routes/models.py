"""Knows ``/models``: what is served here, with the cards, and the files for who runs them elsewhere.

Does not know how models are loaded or run.
"""

import asyncio
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from digitgan.contract.card import MODEL_FILE
from digitgan.contract.errors import ModelRefused
from digitgan.engine.backend import Backend
from digitgan.engine.engine import Engine
from digitgan.engine.repository import Repository
from service.http.etag import matches
from service.routes.answers import FOR_GOOD
from service.routes.documented import PathModel, PathVersion, binary
from service.routes.listed import listed
from service.schemas import ModelList, ModelSummary, ModelVersion, RefusedVersion

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/octet-stream": binary("model.onnx, self-contained")},
        "headers": {
            "ETag": {"description": "strong: the file's sha256, as its card has it", "schema": {"type": "string"}},
            "Cache-Control": {"description": "for good", "schema": {"type": "string"}},
        },
    },
    304: {"description": "`If-None-Match` names this file; nothing was read."},
}


def router(engine: Engine, repository: Repository, *, gives_files: bool) -> APIRouter:
    """Return the routes that describe an engine's models, and what the repository did not give it.

    Args:
        engine: runs the models.
        repository: where they came from.
        gives_files: their files can be had, too.
    """
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

    async def get_model_file(request: Request, model: PathModel, version: PathVersion) -> Response:
        """Return a version's ONNX file, which its card describes; the page runs it in the browser."""
        card = engine.find(model, version).card
        headers = {"ETag": f'"{card.file.sha256}"', "Cache-Control": FOR_GOOD}
        if matches(listed(request, "if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            headers["Content-Length"] = str(card.file.size_bytes)
            return Response(headers=headers, media_type="application/octet-stream")
        try:
            content = await asyncio.to_thread(repository.model_file, card)
        except ModelRefused as error:  # its text is for the operator, who will see it at the next look
            detail = f"the file of {model} {version} is no longer in the models folder as it is served"
            raise HTTPException(404, detail) from error
        return Response(content, headers=headers, media_type="application/octet-stream")

    if gives_files:
        path = f"/{{model}}/{{version}}/{MODEL_FILE}"
        routes.get(path, response_class=Response, responses=_FILE)(get_model_file)

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
            file_url=f"/models/{card.model}/{card.version}/{MODEL_FILE}" if gives_files else None,
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
