"""What Triton's extensions of the Open Inference Protocol v2 tell of models: repository index, config and statistics.

Source: Triton, "Model repository", "Model configuration" and "Statistics" extensions.
"""

import asyncio
from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, Field, Strict

from digitgan.contract.card import ENCODER_FILE, MODEL_FILE, Card
from digitgan.contract.limits import MAX_PICTURES

from ..http.bodies import read, receive_body
from ..http.openapi import PathModel, reference_to
from ..http.routing import create_router
from ..http.services import Services
from ..http.shape import shape_of
from . import encoder_tensors, model_tensors
from .inference_schemas import ERRORS, VERSION

_TYPES = {"FP32": "TYPE_FP32", "INT64": "TYPE_INT64", "UINT8": "TYPE_UINT8", "BYTES": "TYPE_STRING"}

_INDEX: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"example": [{"name": "digits", "version": "1", "state": "READY", "reason": ""}]}
        }
    }
}

Figures = dict[tuple[str, str, str], float]  # (metric, model, version) -> sum over all workers


class IndexRequest(BaseModel):
    """Which models to list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ready": True}]})

    ready: Annotated[bool, Strict(), Field(description="only those that are served")] = False


class IndexEntry(BaseModel):
    """One model version of the models folder."""

    name: str
    version: str
    state: Annotated[str, Field(description="READY or UNAVAILABLE")]
    reason: Annotated[str, Field(description="why it is not served")] = ""


class Reshape(BaseModel):
    """The shape that a tensor really has, without the batch."""

    shape: list[int]


class TensorConfig(BaseModel):
    """One tensor, without the batch."""

    name: str
    data_type: str
    dims: list[int]
    reshape: Reshape | None = None
    optional: bool | None = None


class ModelConfig(BaseModel):
    """How a model is served, in Triton's terms."""

    name: str
    platform: str = "onnxruntime_onnx"
    backend: str = "onnxruntime"
    max_batch_size: Annotated[int, Field(description="rows of a request")]
    input: list[TensorConfig]
    output: list[TensorConfig]
    default_model_filename: str
    dynamic_batching: Annotated[dict[str, Any], Field(description="empty: batches are made without a delay")] = {}


class StatisticDuration(BaseModel):
    """How often something was done, and how long it took altogether."""

    count: int
    ns: int


class InferenceStatistics(BaseModel):
    """Where the time of requests went. Reading the inputs is not measured by itself."""

    success: Annotated[
        StatisticDuration, Field(description="requests whose images were made; waiting, model and encoding")
    ]
    queue: Annotated[StatisticDuration, Field(description="waiting for the model")]
    compute_infer: Annotated[
        StatisticDuration, Field(description="runs of the model, each for rows of several requests")
    ]
    compute_output: Annotated[StatisticDuration, Field(description="encoding of answers that are made whole")]


class ModelStatistics(BaseModel):
    """What a model version has done since its workers started."""

    name: str
    version: str
    inference_count: Annotated[int, Field(description="images")]
    execution_count: Annotated[int, Field(description="runs of the model")]
    inference_stats: InferenceStatistics


class Statistics(BaseModel):
    """What models have done, over all protocols and workers."""

    model_stats: list[ModelStatistics]


def router(services: Services) -> APIRouter:
    """Return the routes of the extensions."""
    engine, repository, settings = services.engine, services.repository, services.settings
    routes = create_router(prefix="/v2", tags=["open inference protocol"], responses=ERRORS)
    of_version: dict[str, Any] = {"parameters": [VERSION]}
    body = {"requestBody": {"content": {"application/json": {"schema": reference_to(IndexRequest)}}}}

    def cards(model: str | None, version: str | None) -> list[Card]:
        if model is None:
            return [each.card for each in engine.backends]
        if version is not None:
            return [engine.find(model, version).card]
        return [engine.find(model, each).card for each in engine.versions(model)]

    @routes.post("/repository/index", openapi_extra=body, responses=_INDEX)
    async def repository_index(request: Request) -> list[IndexEntry]:
        """List the model versions of the models folder, and whether they are served."""
        content = await receive_body(request)
        wanted = await read(content, IndexRequest, shape_of(IndexRequest, 0)) if content else IndexRequest()
        served = [IndexEntry(name=each.model, version=each.version, state="READY") for each in cards(None, None)]
        refused = [
            IndexEntry(name=each.model, version=each.version, state="UNAVAILABLE", reason=each.reason)
            for each in repository.refused
        ]
        return served if wanted.ready else served + refused

    @routes.get("/models/{model}/config", response_model_exclude_none=True)
    @routes.get(
        "/models/{model}/versions/{version}/config",
        openapi_extra=of_version,
        name="model_version_config",
        response_model_exclude_none=True,
    )
    async def model_config(request: Request, model: PathModel) -> ModelConfig:
        """Describe how a model is served, as Triton does."""
        version = request.path_params.get("version")
        if reading := encoder_tensors.card_of(engine, model, version):
            most, file, tensors = MAX_PICTURES, ENCODER_FILE, encoder_tensors.metadata(model, reading, [])
        else:
            card = engine.find(model, version).card
            most, file, tensors = settings.max_images, MODEL_FILE, model_tensors.metadata(card, [])
        needed = {tensors.inputs[0].name}  # a client that reads a config sends all inputs that are not optional
        return ModelConfig(
            name=model,
            max_batch_size=most,
            default_model_filename=file,
            input=[_config(each.name, each.datatype, each.shape, each.name not in needed) for each in tensors.inputs],
            output=[_config(each.name, each.datatype, each.shape, None) for each in tensors.outputs],
        )

    counting = asyncio.Lock()  # one at a time, as of scrapes: it takes milliseconds

    async def count(chosen: list[Card]) -> Statistics:
        async with counting:
            figures = await asyncio.to_thread(_figures, await services.workers.format())
        return Statistics(model_stats=[_statistics(card, figures) for card in chosen])

    @routes.get("/models/stats")
    async def statistics() -> Statistics:
        """Count what all models have done since the service started."""
        return await count(cards(None, None))

    @routes.get("/models/{model}/stats")
    @routes.get("/models/{model}/versions/{version}/stats", openapi_extra=of_version, name="model_version_statistics")
    async def model_statistics(request: Request, model: PathModel) -> Statistics:
        """Count what a model has done since the service started."""
        return await count(cards(model, request.path_params.get("version")))

    return routes


def _config(name: str, datatype: str, shape: list[int], optional: bool | None) -> TensorConfig:
    dims = shape[1:]
    # Triton allows no tensor without a side, so a number for each row is a list of one, reshaped.
    reshape = None if dims else Reshape(shape=[])
    return TensorConfig(name=name, data_type=_TYPES[datatype], dims=dims or [1], reshape=reshape, optional=optional)


def _figures(metrics: bytes) -> Figures:
    """Return the counts and sums of each model version in the metrics of all workers."""
    found: Figures = defaultdict(float)
    lines = [each for each in metrics.decode().splitlines() if "version=" in each and "_bucket{" not in each]
    for family in text_string_to_metric_families("\n".join([*lines, ""])):
        for sample in family.samples:
            if "model" in sample.labels and "version" in sample.labels:
                found[sample.name, sample.labels["model"], sample.labels["version"]] += sample.value
    return found


def _statistics(card: Card, figures: Figures) -> ModelStatistics:
    def figure(name: str) -> float:
        return figures.get((f"digitgan_{name}", card.model, card.version), 0.0)

    def duration(name: str) -> StatisticDuration:
        return StatisticDuration(count=int(figure(f"{name}_count")), ns=round(figure(f"{name}_sum") * 1e9))

    queue, infer, output = map(duration, ("queue_seconds", "model_run_seconds", "encode_seconds"))
    return ModelStatistics(
        name=card.model,
        version=card.version,
        inference_count=int(figure("images_total")),
        execution_count=infer.count,
        inference_stats=InferenceStatistics(
            success=StatisticDuration(count=queue.count, ns=queue.ns + infer.ns + output.ns),
            queue=queue,
            compute_infer=infer,
            compute_output=output,
        ),
    )
