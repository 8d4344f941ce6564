"""``/v2``: the Open Inference Protocol v2, which inference gateways speak."""

import asyncio
from functools import partial
from time import perf_counter
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from digitgan import __version__
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.words import counted
from digitgan.engine.backend import Backend
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan

from ..http import problems
from ..http.accounting import charge, server_timing
from ..http.bodies import convert, read, receive_body
from ..http.openapi import PathModel, binary, headers_of, reference_to
from ..http.routing import OPEN, create_router
from ..http.services import Services
from ..http.shape import shape_of
from . import model_tensors, tensors
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
)

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
    f"among its parameters, in order. With `{_JSON_BYTES}: 0`: the latents as little-endian float32, and no JSON."
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
        return model_tensors.metadata(find(request, model).card, engine.versions(model))

    @routes.get("/models/{model}/ready")
    @routes.get("/models/{model}/versions/{version}/ready", openapi_extra=of_version, name="model_version_ready")
    async def model_ready(request: Request, model: PathModel) -> ModelReady:
        """Confirm that a model can run.

        Models that cannot are not served.
        """
        return ModelReady(name=find(request, model).card.model, ready=True)

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
        """Generate images from latents or seeds.

        They are the tensor `image`; on request, `png` has them as PNG files.
        """
        content, tail = _parts(await receive_body(request), request.headers.get(_JSON_BYTES))
        shape = shape_of(InferRequest, max_images, find(request, model).card.latent_size)
        if content is None:
            body = _raw(tail, find(request, model).card.latent_size)
        else:
            body = await read(content, InferRequest, shape)
        inputs = await convert(len(content or b""), tensors.read, body.inputs, tail)
        # Nothing waits from here until the engine has the plan, so no reload changes what answers it.
        card = find(request, model).card
        plan = model_tensors.plan_of(inputs, card, max_images, request.path_params.get("version"))
        names = _requested(body, [each.name for each in model_tensors.metadata(card, []).outputs])
        n_bytes = len(plan) * card.image_height * card.image_width * _BYTES_PER_PIXEL
        limit_us = body.parameters.timeout or None
        try:
            async with asyncio.timeout(limit_us and limit_us / 1e6) as limit:
                with charge(request, len(plan)):
                    async with engine.generating(plan) as generated:
                        started = perf_counter()
                        answer = await engine.lanes.run(
                            n_bytes, partial(_answer, body, names, plan, generated, is_marked=engine.marks_all)
                        )
                        encode_s = perf_counter() - started
        except TimeoutError:
            if not limit.expired():
                raise
            detail = f"the answer was not made within {counted(limit_us or 0, 'microsecond')}, the request's timeout"
            headers = {"Retry-After": str(engine.drained_after_s)}
            return problems.answer(request, problems.DEADLINE_PASSED, detail, headers=headers)
        answer.headers.update(server_timing(request, generated, encode_s))
        return answer

    return routes


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


def _raw(body: bytes, latent_size: int) -> InferRequest:
    """Return the request of a body without JSON: its bytes are latents, and outputs come as bytes."""
    latents = InputTensor(
        name="latent",
        shape=[len(body) // (4 * latent_size), latent_size],
        datatype="FP32",
        parameters=InputParameters(binary_data_size=len(body)),
    )
    return InferRequest(inputs=[latents], parameters=RequestParameters(binary_data_output=True))


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


def _answer(body: InferRequest, names: list[str], plan: Plan, generated: Generated, *, is_marked: bool) -> Response:
    is_binary = dict.fromkeys(names, body.parameters.binary_data_output)
    for each in body.outputs or ():
        if each.parameters.binary_data is not None:
            is_binary[each.name] = each.parameters.binary_data
    described, tail = [], []
    for name, values in model_tensors.outputs_of(names, plan, generated, is_marked=is_marked).items():
        output = tensors.described(name, values)
        if is_binary[name]:
            tail.append(tensors.to_bytes(values))
            output["parameters"] = {"binary_data_size": len(tail[-1])}
        else:
            output["data"] = tensors.to_json(values)
        described.append(output)
    head = {"model_name": generated.card.model, "model_version": generated.card.version, "outputs": described}
    content = orjson.dumps(({"id": body.id} if body.id is not None else {}) | head)
    if not tail:
        return Response(content, media_type="application/json")
    headers = {_JSON_BYTES: str(len(content))}
    return Response(b"".join((content, *tail)), headers=headers, media_type="application/octet-stream")
