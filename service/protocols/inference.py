"""``/v2``: the Open Inference Protocol v2, which inference gateways speak."""

import asyncio
from math import prod
from time import perf_counter
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray

from digitgan import __version__
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.image_size import in_words
from digitgan.contract.limits import MAX_PICTURES
from digitgan.contract.words import counted
from digitgan.engine.backend import Backend
from digitgan.engine.encoder import IMAGES_PER_PICTURE

from ..http import problems
from ..http.accounting import charge, server_timing
from ..http.bodies import convert, read, receive_body
from ..http.openapi import PathModel, binary, headers_of, reference_to
from ..http.routing import OPEN, create_router
from ..http.services import Services
from ..http.shape import shape_of
from . import encoder_tensors, model_tensors, tensors
from .inference_schemas import (
    ERRORS,
    VERSION,
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
    TensorMetadata,
)

Inputs = dict[str, NDArray[Any]]
Outputs = dict[str, NDArray[Any] | list[bytes]]

_JSON_BYTES = "Inference-Header-Content-Length"
_EXTENSIONS = ["binary_tensor_data", "model_configuration", "statistics"]
_BYTES_PER_PIXEL = 24  # of an answer with all outputs as JSON, which takes the most memory
_EXAMPLE = {
    "inputs": [
        {"name": "seed", "shape": [2], "datatype": "INT64", "data": [1, 2]},
        {"name": "label", "shape": [2], "datatype": "INT64", "data": [3, 8]},
    ],
    "outputs": [{"name": "png"}],
}
_BINARY_BODY = binary(
    f"The JSON of a request, `{_JSON_BYTES}` bytes of it, then the bytes of each tensor that has `binary_data_size` "
    f"among its parameters, in order. With `{_JSON_BYTES}: 0`: the latents as little-endian float32, or an encoder's "
    "images as bytes, and no JSON."
)
_BINARY_ANSWER = binary(
    f"The JSON of an answer, `{_JSON_BYTES}` bytes of it, then the bytes of each output that has `binary_data_size` "
    "among its parameters, in their order; on request, by `binary_data`."
)
_HEADER = {
    "name": _JSON_BYTES,
    "in": "header",
    "description": "bytes of JSON; tensors follow",
    "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
}


def router(services: Services) -> APIRouter:
    """Return the routes of the protocol."""
    engine, max_images = services.engine, services.settings.max_images
    routes = create_router(prefix="/v2", tags=["open inference protocol"], responses=ERRORS)

    @routes.get("")
    async def server_metadata() -> ServerMetadata:
        """Name the server and its extensions of the protocol."""
        return ServerMetadata(name="digitgan", version=__version__, extensions=_EXTENSIONS)

    @routes.get("/health/live", openapi_extra=OPEN)
    async def server_live() -> ServerLive:
        """Confirm that the process answers."""
        return ServerLive(live=True)

    @routes.get("/health/ready", openapi_extra=OPEN)
    async def server_ready() -> ServerReady:
        """Confirm that every model is loaded and warmed up.

        The status is 503 once the process is about to end.
        """
        services.readiness.check()
        return ServerReady(live=True, ready=True)

    of_version = {"parameters": [VERSION]}

    def find(request: Request, model: str) -> Backend:
        return engine.find(model, request.path_params.get("version"))

    @routes.get("/models/{model}")
    @routes.get("/models/{model}/versions/{version}", openapi_extra=of_version, name="model_version_metadata")
    async def model_metadata(request: Request, model: PathModel) -> ModelMetadata:
        """Describe a model's tensors."""
        if reading := encoder_tensors.card_of(engine, model, request.path_params.get("version")):
            return encoder_tensors.metadata(model, reading, engine.versions(reading.model))
        return model_tensors.metadata(find(request, model).card, engine.versions(model))

    @routes.get("/models/{model}/ready")
    @routes.get("/models/{model}/versions/{version}/ready", openapi_extra=of_version, name="model_version_ready")
    async def model_ready(request: Request, model: PathModel) -> ModelReady:
        """Confirm that a model can run.

        Models that cannot are not served.
        """
        if not encoder_tensors.card_of(engine, model, request.path_params.get("version")):
            find(request, model)
        return ModelReady(name=model, ready=True)

    described_body = {
        "required": True,
        "content": {
            "application/json": {"schema": reference_to(InferRequest), "example": _EXAMPLE},
            "application/octet-stream": _BINARY_BODY,
        },
    }
    described_answer: dict[int | str, dict[str, Any]] = {
        200: {
            "model": InferResponse,
            "content": {"application/octet-stream": _BINARY_ANSWER},
            "headers": headers_of({_JSON_BYTES: "bytes of JSON; tensors follow"}),
        }
    }
    described = {"requestBody": described_body, "parameters": [_HEADER]}
    described_of_version = described | {"parameters": [VERSION, _HEADER]}

    @routes.post("/models/{model}/infer", openapi_extra=described, responses=described_answer)
    @routes.post(
        "/models/{model}/versions/{version}/infer",
        openapi_extra=described_of_version,
        responses=described_answer,
        name="infer_version",
    )
    async def infer(request: Request, model: PathModel) -> Response:
        """Generate images from latents or seeds, or find the latents of images.

        Generated images are the tensor `image`; on request, `png` has them as PNG files. Models whose names end in
        `encoder` find latents.
        """
        version = request.path_params.get("version")
        content, tail = _parts(await receive_body(request), request.headers.get(_JSON_BYTES))
        reading = encoder_tensors.card_of(engine, model, version)
        if reading:
            most, described = MAX_PICTURES, encoder_tensors.metadata(model, reading, [])
        else:
            most, described = max_images, model_tensors.metadata(find(request, model).card, [])
        rows = described.inputs[0]
        if content is None:
            body = _raw(tail, rows)
        else:
            body = await read(content, InferRequest, shape_of(InferRequest, most, prod(rows.shape[1:])))
        inputs = await convert(len(content or b""), tensors.read, body.inputs, tail)
        names = _requested(body, [each.name for each in described.outputs])
        answer_with = _encode if reading else _generate
        limit_us = body.parameters.timeout or None
        try:
            async with asyncio.timeout(limit_us and limit_us / 1e6) as limit:
                return await answer_with(services, request, model, body, inputs, names)
        except TimeoutError:
            if not limit.expired():
                raise
            detail = f"the answer was not made within {counted(limit_us or 0, 'microsecond')}, the request's timeout"
            headers = {"Retry-After": str(engine.drained_after_s)}
            return problems.answer(request, problems.DEADLINE_PASSED, detail, headers=headers)

    return routes


async def _generate(
    services: Services, request: Request, model: str, body: InferRequest, inputs: Inputs, names: list[str]
) -> Response:
    """Return the answer with images."""
    engine, version = services.engine, request.path_params.get("version")
    # Nothing waits from here until the engine has the plan, so no reload changes what answers it.
    card = engine.find(model, version).card
    plan = model_tensors.plan_of(inputs, card, services.settings.max_images, version)
    n_bytes, limit = len(plan) * card.image_bytes * _BYTES_PER_PIXEL, engine.lanes.budget.limit_bytes
    if n_bytes > limit:
        raise InvalidPlan(
            "inputs",
            f"{len(plan):,} images of {in_words(card.image_shape)} pixels are too many for one answer; at most "
            f"{limit // (card.image_bytes * _BYTES_PER_PIXEL):,} fit",
        )
    with charge(request, len(plan)):
        async with engine.generating(plan) as generated:

            def answer() -> Response:
                outputs = model_tensors.outputs_of(names, plan, generated, is_marked=engine.marks_all)
                return _answer(body, model, generated.card.version, outputs)

            started = perf_counter()
            response = await engine.lanes.run(n_bytes, answer)
            encode_s = perf_counter() - started
    response.headers.update(server_timing(request, generated, encode_s))
    return response


async def _encode(
    services: Services, request: Request, model: str, body: InferRequest, inputs: Inputs, names: list[str]
) -> Response:
    """Return the answer with latents."""
    engine, version = services.engine, request.path_params.get("version")
    card = encoder_tensors.card_of(engine, model, version)
    if card is None:  # a model of this name has come meanwhile
        return await _generate(services, request, model, body, inputs, names)
    images = encoder_tensors.images_of(inputs, card)
    with charge(request, len(images) * IMAGES_PER_PICTURE):
        async with engine.encoding(images, card.model, card.version) as encoded:
            started = perf_counter()
            response = _answer(body, model, card.version, encoder_tensors.outputs_of(names, encoded))
            encode_s = perf_counter() - started
    response.headers.update(server_timing(request, encoded.drawn, encode_s))
    return response


def _parts(body: bytes, json_bytes: str | None) -> tuple[bytes | None, bytes]:
    """Return the JSON part of a body, None where it has none, and the bytes that follow it.

    Raises:
        InvalidPlan: the header is not a number of bytes within the body.
    """
    if json_bytes is None:
        return body, b""
    if not (json_bytes.isascii() and json_bytes.isdigit() and len(json_bytes) < 16 and int(json_bytes) <= len(body)):
        raise InvalidPlan(
            _JSON_BYTES, f"{_JSON_BYTES} must be from 0 to the {len(body):,} bytes of the body, not {json_bytes!r}"
        )
    n = int(json_bytes)
    return (body[:n] if n else None), body[n:]


def _raw(body: bytes, rows: TensorMetadata) -> InferRequest:
    """Return the request of a body without JSON: its bytes are the first input, and outputs come as bytes."""
    n_bytes = prod(rows.shape[1:]) * tensors.TYPES[rows.datatype].itemsize
    only = InputTensor(
        name=rows.name,
        shape=[len(body) // n_bytes, *rows.shape[1:]],
        datatype=rows.datatype,
        parameters=InputParameters(binary_data_size=len(body)),
    )
    return InferRequest(inputs=[only], parameters=RequestParameters(binary_data_output=True))


def _requested(body: InferRequest, available: list[str]) -> list[str]:
    """Return the names of the requested outputs.

    Raises:
        InvalidPlan: the model has no such output, or one is requested twice.
    """
    names = [each.name for each in body.outputs or ()]
    wrong = next((name for name in names if name not in available or names.count(name) > 1), None)
    if wrong is not None:
        raise InvalidPlan(
            "outputs", f"output {wrong!r} is unknown or requested twice; available outputs: {', '.join(available)}"
        )
    return names or [name for name in available if name != "png"]


def _answer(body: InferRequest, model: str, version: str, outputs: Outputs) -> Response:
    is_binary = dict.fromkeys(outputs, body.parameters.binary_data_output)
    for each in body.outputs or ():
        if each.parameters.binary_data is not None:
            is_binary[each.name] = each.parameters.binary_data
    described, tail = [], []
    for name, values in outputs.items():
        output = tensors.described(name, values)
        if is_binary[name]:
            tail.append(tensors.to_bytes(values))
            output["parameters"] = {"binary_data_size": len(tail[-1])}
        else:
            output["data"] = tensors.to_json(values)
        described.append(output)
    head = {"model_name": model, "model_version": version, "outputs": described}
    content = orjson.dumps(({"id": body.id} if body.id is not None else {}) | head)
    if not tail:
        return Response(content, media_type="application/json")
    headers = {_JSON_BYTES: str(len(content))}
    return Response(b"".join((content, *tail)), headers=headers, media_type="application/octet-stream")
