"""Knows ``/v2``: the paths and headers of the Open Inference Protocol v2, that inference gateways speak.

Does not know what tensors mean, how they are written, or how images are made.
"""

import asyncio
from time import perf_counter
from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Request, Response

from digitgan import __version__
from digitgan.contract.errors import InvalidPlan
from digitgan.engine.backend import Backend
from digitgan.engine.engine import Engine, Generated
from digitgan.formats.items import FEW_IMAGES
from service.protocols import inference, tensors
from service.protocols.inference_schemas import (
    InferError,
    InferRequest,
    InferResponse,
    InputParameters,
    InputTensor,
    ModelMetadata,
    ModelReady,
    RequestParameters,
    ServerLive,
    ServerMetadata,
    ServerReady,
)
from service.readiness import Readiness
from service.routes.counted import counted
from service.routes.documented import PathModel, binary, schema_of
from service.routes.reading import read
from service.routes.timed import server_timing

_JSON_BYTES = "Inference-Header-Content-Length"
_EXAMPLE = {
    "inputs": [
        {"name": "seed", "shape": [2], "datatype": "INT64", "data": [1, 2]},
        {"name": "label", "shape": [2], "datatype": "INT64", "data": [3, 8]},
    ],
    "outputs": [{"name": "png"}],
}
_BINARY_BODY = binary(
    f"The JSON of a request, `{_JSON_BYTES}` bytes of it, then the bytes of each tensor that has `binary_data_size` "
    f"among its parameters, in order. With `{_JSON_BYTES}: 0`: the latents as little-endian float32, and no JSON."
)
_BINARY_ANSWER = binary(
    f"The JSON of an answer, `{_JSON_BYTES}` bytes of it, then the bytes of each output that has `binary_data_size` "
    "among its parameters, in their order; for who asks for them with `binary_data`."
)
# Read by hand: a function's parameter would be one of the query where the path has no version.
_VERSION = {"name": "version", "in": "path", "required": True, "schema": {"type": "string", "examples": ["1"]}}
_HEADER = {
    "name": _JSON_BYTES,
    "in": "header",
    "description": "bytes of JSON; tensors follow",
    "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
}


def router(engine: Engine, readiness: Readiness, max_images: int) -> APIRouter:
    """Return the routes of the protocol.

    Args:
        engine: makes the images.
        readiness: says whether requests are wanted.
        max_images: most rows of one request.
    """
    errors: dict[int | str, dict[str, Any]] = {"4XX": {"model": InferError}, "5XX": {"model": InferError}}
    routes = APIRouter(prefix="/v2", tags=["open inference protocol"], responses=errors)

    @routes.get("")
    async def server_metadata() -> ServerMetadata:
        """Name the server and what it does beyond the protocol."""
        return ServerMetadata(name="digitgan", version=__version__, extensions=["binary_tensor_data"])

    @routes.get("/health/live")
    async def server_live() -> ServerLive:
        """Say that the process answers."""
        return ServerLive(live=True)

    @routes.get("/health/ready")
    async def server_ready() -> ServerReady:
        """Say that every model is loaded and warmed up, and that the process is not about to end: then it is 503."""
        readiness.check()
        return ServerReady(live=True, ready=True)

    def find(request: Request, model: str) -> Backend:
        return engine.find(model, request.path_params.get("version"))

    @routes.get("/models/{model}")
    @routes.get("/models/{model}/versions/{version}", openapi_extra={"parameters": [_VERSION]})
    async def model_metadata(request: Request, model: PathModel) -> ModelMetadata:
        """Describe a model's tensors."""
        return inference.metadata(find(request, model).card, engine.versions(model))

    @routes.get("/models/{model}/ready")
    @routes.get("/models/{model}/versions/{version}/ready", openapi_extra={"parameters": [_VERSION]})
    async def model_ready(request: Request, model: PathModel) -> ModelReady:
        """Say that a model can run; what cannot is not here."""
        return ModelReady(name=find(request, model).card.model, ready=True)

    schema = schema_of(InferRequest)
    schema["properties"]["inputs"]["items"] |= inference.described_input()
    body = {
        "required": True,
        "content": {
            "application/json": {"schema": schema, "example": _EXAMPLE},
            "application/octet-stream": _BINARY_BODY,
        },
    }
    answers: dict[int | str, dict[str, Any]] = {
        200: {"model": InferResponse, "content": {"application/octet-stream": _BINARY_ANSWER}}
    }
    described = {"requestBody": body, "parameters": [_HEADER]}
    of_version = described | {"parameters": [_VERSION, _HEADER]}

    @routes.post("/models/{model}/infer", openapi_extra=described, responses=answers)
    @routes.post("/models/{model}/versions/{version}/infer", openapi_extra=of_version, responses=answers)
    async def infer(request: Request, model: PathModel) -> Response:
        """Generate images from latents or seeds: as the tensor `image`, or as PNG files where `png` is asked for."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise HTTPException(415, "a compressed body is not read here; send it as it is")
        content, tail = _parts(await request.body(), request.headers.get(_JSON_BYTES))
        most_items = max_images * find(request, model).card.latent_size
        asked = await read(content, InferRequest, most_items) if content is not None else None
        card = find(request, model).card  # no waiting from here on: the plan means this very version
        asked = asked or _raw(tail, card.latent_size)
        plan = inference.plan_of(tensors.read(asked.inputs, tail), card, max_images)
        names = _wanted(asked, [each.name for each in inference.metadata(card, []).outputs])
        with counted(request, len(plan)):
            generated = await engine.generate(plan)
        started = perf_counter()
        if len(plan) <= FEW_IMAGES:
            answer = _answer(asked, names, generated)
        else:
            answer = await asyncio.to_thread(_answer, asked, names, generated)
        answer.headers.update(server_timing(request, generated, started))
        return answer

    return routes


def _parts(body: bytes, json_bytes: str | None) -> tuple[bytes | None, bytes]:
    """Return the JSON part of a body, None where it has none, and the bytes that follow it.

    Raises:
        InvalidPlan: the header is not a number of bytes that the body has.
    """
    if json_bytes is None:
        return body, b""
    if not (json_bytes.isascii() and json_bytes.isdigit() and len(json_bytes) < 16 and int(json_bytes) <= len(body)):
        raise InvalidPlan(_JSON_BYTES, f"{_JSON_BYTES} is 0 to the {len(body)} bytes of the body, not {json_bytes!r}")
    n = int(json_bytes)
    return (body[:n] if n else None), body[n:]


def _raw(body: bytes, latent_size: int) -> InferRequest:
    """Return the request that a body without JSON is: its bytes are latents, and outputs come as bytes."""
    latents = InputTensor(
        name="latent",
        shape=[len(body) // (4 * latent_size), latent_size],
        datatype="FP32",
        parameters=InputParameters(binary_data_size=len(body)),
    )
    return InferRequest(inputs=[latents], parameters=RequestParameters(binary_data_output=True))


def _wanted(asked: InferRequest, there_are: list[str]) -> list[str]:
    """Return the names of the outputs that are asked for.

    Raises:
        InvalidPlan: one is not the model's, or is asked for twice.
    """
    names = [each.name for each in asked.outputs or ()]
    wrong = next((name for name in names if name not in there_are or names.count(name) > 1), None)
    if wrong is not None:
        raise InvalidPlan("outputs", f"output {wrong!r} is not one of {', '.join(there_are)}, each once")
    return names or [name for name in there_are if name != "png"]


def _answer(asked: InferRequest, names: list[str], generated: Generated) -> Response:
    is_binary = dict.fromkeys(names, asked.parameters.binary_data_output)
    for each in asked.outputs or ():
        if each.parameters.binary_data is not None:
            is_binary[each.name] = each.parameters.binary_data
    described, tail = [], []
    for name, values in inference.outputs_of(names, generated).items():
        output = tensors.described(name, values)
        if is_binary[name]:
            tail.append(tensors.to_bytes(values))
            output["parameters"] = {"binary_data_size": len(tail[-1])}
        else:
            output["data"] = tensors.to_json(values)
        described.append(output)
    head = {"model_name": generated.card.model, "model_version": generated.card.version, "outputs": described}
    content = orjson.dumps(({"id": asked.id} if asked.id is not None else {}) | head)
    if not tail:
        return Response(content, media_type="application/json")
    headers = {_JSON_BYTES: str(len(content))}
    return Response(b"".join((content, *tail)), headers=headers, media_type="application/octet-stream")
