"""``/models``: the models that are served, with their cards, and their files for clients that run them elsewhere."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from digitgan.contract.card import ENCODER_FILE, MODEL_FILE, Card, ModelReference, Precision
from digitgan.contract.errors import InvalidPlan, ModelRefused
from digitgan.contract.hand_map import MAP_FILE, HandMap
from digitgan.contract.metric import DescribedFile
from digitgan.engine.backend import Backend

from ..http.accounting import ANSWER_COPIES, no_room_for_answer
from ..http.caching import IMMUTABLE, is_current
from ..http.openapi import PathModel, PathVersion, binary, headers_of
from ..http.routing import create_router
from ..http.services import Services

_BYTES = "application/octet-stream"
_JSON = "application/json"
_MAP_EXAMPLE = {"columns": 2, "rows": 2, "seeds": [3, 0, 1, 2]}


def _file(content: dict[str, Any], caching: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "content": content,
            "headers": headers_of({"ETag": "strong: the file's sha256, as in its card", "Cache-Control": caching}),
        },
        304: {"description": "`If-None-Match` names this file; nothing was read."},
    }


class ModelVersion(BaseModel):
    """One model version as this service serves it."""

    model: str
    version: str
    versions: list[str] = Field(description="all versions of this model, from oldest to newest")
    provider: str = Field(description="active execution provider, as the runtime reports it")
    nodes: dict[str, int] = Field(description="number of graph nodes, by the execution provider that runs them")
    reproduces_card: bool = Field(description="whether the card's golden seeds gave the card's pixels at startup")
    card: Card


class ModelSummary(BaseModel):
    """One model, by its newest version, or the newest of those with a weight."""

    model: str
    version: str
    versions: list[str]
    description: str
    n_classes: int
    class_names: list[str] | None = Field(
        None, exclude_if=lambda names: names is None, description="by label; absent if each class is its number"
    )
    latent_size: int
    image_height: int
    image_width: int
    image_channels: int = Field(description="1 for grey images, 3 for RGB")
    precision: Precision
    variant_of: ModelReference | None = Field(description="the fp32 file that this variant was made from")
    shares: dict[str, float] = Field(description="of the requests that name no version, by version; together 1")
    provider: str
    file_url: str | None = Field(description="address of the ONNX file; null if this service gives out no files")
    encoder: ModelReference | None = Field(
        description="the version whose encoder reads pictures for this model; null if this service has none"
    )
    map_url: str | None = Field(
        description="address of the map of its hands, its own or that of the original of a variant; null if there is "
        "none"
    )


class RefusedVersion(BaseModel):
    """A model version that the last look at the models folder refused."""

    model: str
    version: str
    reason: str


class ModelList(BaseModel):
    """All models that this service serves."""

    default_model: str
    models: list[ModelSummary]
    refused: list[RefusedVersion] = Field(
        description="versions that the last look at the models folder refused, and why"
    )


def router(services: Services) -> APIRouter:
    """Return the routes that describe the engine's models, and the versions that the repository refused."""
    engine, repository, gives_files = services.engine, services.repository, services.settings.model_files
    routes = create_router(prefix="/models", tags=["models"])

    @routes.get("")
    async def list_models() -> ModelList:
        """List the models, each by its newest version, or the newest of those with a weight."""
        return ModelList(
            default_model=engine.default_model,
            models=[_summary(engine.find(name, None)) for name in engine.models],
            refused=[RefusedVersion(**asdict(each)) for each in repository.refused],
        )

    @routes.get("/{model}")
    async def get_model(model: PathModel) -> ModelVersion:
        """Describe a model's newest version, or the newest of those with a weight, with its card."""
        return _version(engine.find(model, None))

    @routes.get("/{model}/{version}")
    async def get_model_version(model: PathModel, version: PathVersion) -> ModelVersion:
        """Describe one version of a model, with its card."""
        return _version(engine.find(model, version))

    reading = asyncio.Lock()  # one file at a time, so that no more are in memory than can be sent

    async def get_model_file(request: Request, model: PathModel, version: PathVersion) -> Response:
        """Return the ONNX file of a version.

        Its card describes it; the page can run it in the browser.
        """
        card = engine.find(model, version).card
        return await answer(request, card, card.file, repository.model_file, IMMUTABLE)

    async def get_encoder_file(request: Request, model: PathModel, version: PathVersion) -> Response:
        """Return the ONNX file of a version's encoder, which finds the latent of a picture.

        The version's card describes it; the page can run it in the browser.
        """
        card = engine.find(model, version).card
        if card.encoder is None:
            raise HTTPException(404, f"{model} {version} has no encoder of its own")
        # A version may get a better encoder, which changes none of its pictures.
        return await answer(request, card, card.encoder.file, repository.encoder_file, "no-cache")

    async def get_map(request: Request, model: PathModel, version: PathVersion) -> Response:
        """Return the map of a version's hands: seeds on a grid, arranged so that neighbours draw alike.

        `map_url` in `GET /models` names the map that fits a model.
        """
        card = engine.find(model, version).card
        if card.map is None:
            raise HTTPException(404, f"{model} {version} has no map of its own")
        return await answer(request, card, card.map.file, repository.map_file, "no-cache", _JSON)

    async def answer(
        request: Request,
        card: Card,
        file: DescribedFile,
        read: Callable[[Card], bytes | None],
        caching: str,
        media_type: str = _BYTES,
    ) -> Response:
        headers = {"ETag": f'"{file.sha256}"', "Cache-Control": caching}
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            headers["Content-Length"] = str(file.size_bytes)
            return Response(headers=headers, media_type=media_type)
        try:
            async with reading:
                if not services.unsent.has_room(ANSWER_COPIES * file.size_bytes):
                    raise no_room_for_answer()
                content = await asyncio.to_thread(read, card)
        except ModelRefused as error:  # its text is for the operator, whose log has it at the next look
            detail = f"the models folder no longer has the file of {card.model} {card.version} that is served"
            raise HTTPException(404, detail) from error
        return Response(content, headers=headers, media_type=media_type)

    if gives_files:
        for name, caching, endpoint in (
            (MODEL_FILE, "immutable", get_model_file),
            (ENCODER_FILE, "no-cache", get_encoder_file),
        ):
            path = f"/{{model}}/{{version}}/{name}"
            content = {_BYTES: binary(f"{name}, self-contained")}
            routes.get(path, response_class=Response, responses=_file(content, caching))(endpoint)
    described = _file({_JSON: {"example": _MAP_EXAMPLE}}, "no-cache")
    described[200]["model"] = HandMap
    routes.get(f"/{{model}}/{{version}}/{MAP_FILE}", response_class=Response, responses=described)(get_map)

    def _encoder(card: Card) -> ModelReference | None:
        try:
            found = engine.encoder_of(card.model, card.version)[1].card
        except InvalidPlan:
            return None
        return ModelReference(model=found.model, version=found.version, sha256=found.file.sha256)

    def _map_url(card: Card) -> str | None:
        original = card.variant_of.sha256 if card.variant_of else card.file.sha256
        mapped = {each.card.file.sha256: each.card for each in engine.backends if each.card.map}
        found = card if card.map else mapped.get(original)
        return f"/models/{found.model}/{found.version}/{MAP_FILE}" if found else None

    def _summary(backend: Backend) -> ModelSummary:
        card = backend.card
        return ModelSummary(
            model=card.model,
            version=card.version,
            versions=engine.versions(card.model),
            description=card.description,
            n_classes=card.n_classes,
            class_names=[*card.names] or None,
            latent_size=card.latent_size,
            image_height=card.image_height,
            image_width=card.image_width,
            image_channels=card.image_channels,
            precision=card.precision,
            variant_of=card.variant_of,
            shares=engine.shares(card.model),
            provider=backend.provider,
            file_url=f"/models/{card.model}/{card.version}/{MODEL_FILE}" if gives_files else None,
            encoder=_encoder(card),
            map_url=_map_url(card),
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
