"""What a body may have at most, and what a body that has too much costs."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, get_type_hints

import orjson
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, TypeAdapter

from service.app import create_app
from service.http.bodies import JsonRoute
from service.http.shape import BodyShape, shape_of
from service.http.validation import InvalidRequest
from service.protocols.inference_schemas import InferRequest
from service.protocols.openai_schemas import ImagesRequest
from service.routes.dataset import DatasetRequest
from service.routes.generate import GenerateRequest
from service.routes.interpolate import InterpolateRequest
from service.routes.latents import LatentsRequest
from service.settings import Settings

LARGE = 4 * 1024 * 1024
MOST, COMPONENTS = 2_000, 100
FLAT = [0.5] * (MOST * COMPONENTS)
SHAPES: dict[type[BaseModel], BodyShape] = {
    model: shape_of(model, MOST, COMPONENTS)
    for model in (GenerateRequest, InterpolateRequest, DatasetRequest, LatentsRequest, ImagesRequest, InferRequest)
}


class Part(BaseModel):
    """A part of a whole."""

    size: int
    names: Annotated[list[str], Field(max_length=3)]


class Whole(BaseModel):
    """A list of each kind."""

    part: Part | None = None
    parts: Annotated[list[Part], Field(max_length=5)]
    seeds: list[int] | None = None
    rows: list[list[float]] = []
    data: list[Any] | None = None


def refused(shape: BodyShape, content: bytes) -> str | None:
    try:
        shape.check(content)
    except InvalidRequest as error:
        return error.errors[0].message
    return None


def filled(before: str, item: str, after: str, size: int = LARGE) -> bytes:
    n = (size - len(before) - len(after)) // (len(item) + 1)
    return (before + ",".join([item] * n) + after).encode()


def test_a_shape_follows_from_the_schema() -> None:
    assert shape_of(Whole, 1_000, 74) == BodyShape(
        objects=1 + 6,
        fields=5 + 6 * 2,
        lists=(1) + (1 + 5) + 1 + (1 + 1_000) + (1 + 1_000),
        items=3 + (5 + 5 * 3) + 1_000 + 1_000 + 74_000,
        components=74,
    )


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (GenerateRequest, {"seeds": [2**53 - 1] * MOST, "labels": [9] * MOST, "model": "digits"}),
        (GenerateRequest, {"latents": [[-0.12345678901234567] * COMPONENTS] * MOST, "labels": [9] * MOST}),
        (GenerateRequest, {"seeds": list(range(MOST)), "digits": ["0123456789"] * MOST}),
        (InterpolateRequest, {"latents": [[0.1] * COMPONENTS] * 256, "labels": [1] * 256}),
        (LatentsRequest, {"seeds": list(range(MOST))}),
        (ImagesRequest, {"prompt": "7" + '{[,:"\\]}' * 3_999}),
        (ImagesRequest, {"prompt": "7", "user": "data:image/png;base64," + "A" * (LARGE - 100), "quality": {"a": [1]}}),
        (
            InferRequest,
            {
                "inputs": [
                    {"name": "latent", "shape": [MOST, COMPONENTS], "datatype": "FP32", "data": FLAT},
                    {"name": "label", "shape": [MOST], "datatype": "INT64", "data": [3] * MOST},
                ]
            },
        ),
        (
            InferRequest,
            {
                "inputs": [
                    {
                        "name": "latent",
                        "shape": [MOST, COMPONENTS],
                        "datatype": "FP32",
                        "data": [[0.5] * COMPONENTS] * MOST,
                    }
                ]
            },
        ),
    ],
)
def test_the_largest_bodies_of_an_operation_pass(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert refused(SHAPES[model], orjson.dumps(body)) is None


ITEMS = ["{}", "[]", '""', "null", "true", "1", "NaN", "1e999", '{"a":1}', "[[[]]]", '{"":' * 180 + "1" + "}" * 180]
PLACES: dict[str, tuple[type[BaseModel], str, str]] = {
    "generate seeds": (GenerateRequest, '{"seeds":[', "]}"),
    "generate latent": (GenerateRequest, '{"latents":[[', "]]}"),
    "interpolate": (InterpolateRequest, '{"latents":[[', "]]}"),
    "dataset": (DatasetRequest, '{"count":1,"x":[', "]}"),
    "latents": (LatentsRequest, '{"seeds":[', "]}"),
    "ignored": (ImagesRequest, '{"prompt":"7","quality":[', "]}"),
    "tensor": (InferRequest, '{"inputs":[{"name":"seed","shape":[1],"datatype":"INT64","data":[', "]}]}"),
}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item[:8])
@pytest.mark.parametrize("place", PLACES)
def test_a_large_body_of_small_items_is_refused_or_cheap(place: str, item: str) -> None:
    model, before, after = PLACES[place]
    content = filled(before, item, after)
    # The time of one pass over the body that finds nothing stands for this machine's speed.
    one_pass = _least_seconds(partial(content.count, b","))
    assert _least_seconds(partial(refused, SHAPES[model], content)) < 10 * one_pass + 0.005
    tracemalloc.start()
    message = refused(SHAPES[model], content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    is_tensor = model is InferRequest  # a tensor of 16 inputs may have a million numbers
    assert (message is not None) or is_tensor
    if message is not None:
        assert message.startswith("too many ")
        assert "at most" in message


def _least_seconds(function: Callable[[], object]) -> float:
    """Return the least processor time of three calls, since other programs take caches away from some of them."""

    def seconds() -> float:
        started = time.process_time()
        function()
        return time.process_time() - started

    return min(seconds() for _ in range(3))


def test_short_numbers_do_not_make_millions_of_items() -> None:
    shape = shape_of(GenerateRequest, 100_000, COMPONENTS)
    assert refused(shape, filled('{"latents":[', "[" + ",".join("0" * 74) + "]", "]}", 1024 * 149)) is None
    message = refused(shape, filled('{"latents":[', "[" + ",".join("0" * 74) + "]", "]}"))

    most = 2**18 + len(GenerateRequest.model_fields)
    assert message == f"too many items: the body has about 2,069,113; at most {most:,} are allowed"


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: model.__name__)
def test_many_unknown_fields_are_refused(model: type[BaseModel]) -> None:
    unknown = ",".join(f'"k{i:x}":1' for i in range(1_000))
    assert "too many fields" in str(refused(SHAPES[model], f"{{{unknown}}}".encode()))


@pytest.mark.parametrize("text", ["[" * 5_000, "{" * 5_000, ":," * 5_000, '\\"[' * 5_000, "\\\\" * 5_000 + "{"])
def test_marks_inside_strings_do_not_count(text: str) -> None:
    assert refused(SHAPES[ImagesRequest], b'{"prompt": "7%b"}' % text.encode()) is None


@pytest.mark.parametrize("text", ['\\\\"', '"', '\\\\\\\\"'])
def test_marks_after_a_string_count(text: str) -> None:
    assert refused(SHAPES[ImagesRequest], b'{"prompt": "7%b%b' % (text.encode(), b"[" * 5_000)) is not None


def request_models() -> Iterator[type[BaseModel]]:
    for route in create_app(Settings()).routes:
        if isinstance(route, APIRoute) and "body" in (hints := get_type_hints(route.endpoint)):
            assert isinstance(route, JsonRoute)
            yield hints["body"]


def test_every_list_of_a_request_fails_fast() -> None:
    def lists(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") == "list":
                yield node
            node = [each for name, each in node.items() if name != "metadata"]
        if isinstance(node, list | tuple):
            for each in node:
                yield from lists(each)

    models = {*request_models(), InferRequest}
    assert len(models) >= 6
    for model in models:
        adapter: Any = TypeAdapter(model)  # type: ignore[arg-type] # each is a class of pydantic's
        for each in lists(adapter.core_schema):
            of_anything = each.get("items_schema", {"type": "any"})["type"] == "any"
            assert each.get("fail_fast") or of_anything, (model, each)
