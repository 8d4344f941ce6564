"""What the service's own description says about formats, bodies, keys, deadlines and conditions."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.formats.registry import COCO, JSON, NPY, NUMBERS_PARQUET, PNG
from service.access.key_file import add_key
from service.app import create_app
from service.http.openapi import answer_of
from service.routes.generate import GenerateResponse
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph


def test_answer_of_describes_every_format_and_marks_bytes_as_binary() -> None:
    described = answer_of([JSON, PNG, NPY], GenerateResponse)[200]
    assert described["model"] is GenerateResponse
    assert described["content"]["application/json"] == {"example": JSON.example}
    png = described["content"]["image/png"]["schema"]
    assert (png["format"], png["description"]) == ("binary", PNG.description)
    for each in (JSON, PNG, NPY):
        assert f"`{each.media_type}`: {each.description}" in described["description"]


def test_answer_of_has_no_model_without_json() -> None:
    assert "model" not in answer_of([PNG])[200]


def test_answer_of_leaves_out_what_cannot_be_made_here() -> None:
    missing = replace(NUMBERS_PARQUET, library="no-such-distribution")
    described = answer_of([COCO, missing])[200]
    assert list(described["content"]) == [COCO.media_type]
    assert missing.media_type not in described["description"]


def bodies(api: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every body that is documented, with where it stands: route, request or status, media type."""
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            described = {"request": operation.get("requestBody", {})} | operation["responses"]
            for place, body in described.items():
                for media_type, content in body.get("content", {}).items():
                    yield f"{method} {path}, {place}, {media_type}", content


def test_every_described_body_has_an_example_or_a_description(service: httpx.Client) -> None:
    api = service.get("/openapi.json").json()

    def says_what_it_is(content: dict[str, Any]) -> bool:
        schema = content.get("schema", {})
        schema = api["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        return bool({"example", "examples"} & (content.keys() | schema.keys()) or schema.get("description"))

    found = list(bodies(api))
    assert len(found) > 50
    assert [place for place, content in found if not says_what_it_is(content)] == []


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a value and all that is in it, as far as they are objects."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nested(each)


def test_every_schema_is_one_that_generators_of_clients_can_type(described: dict[str, Any]) -> None:
    schemas = [*nested(described["paths"]), *nested(described["components"])]
    for schema in schemas:
        alternatives = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
        assert "oneOf" not in schema and "allOf" not in schema, schema
        assert len(alternatives) <= 1, schema
        assert not ({"anyOf", "$ref"} & schema.keys() and "properties" in schema), schema
        assert not isinstance(schema.get("default"), dict) or "type" not in schema, schema
        assert not isinstance(schema.get("title"), str) or schema["title"] == described["info"]["title"], schema
        if schema.get("type") == "integer":
            assert schema.get("format") == "int64" or schema["maximum"] < 2**31, schema


def test_every_body_is_a_reference_to_a_schema_with_fields(described: dict[str, Any]) -> None:
    n_bodies = 0
    for place, operation in operations(described).items():
        answers = operation["responses"].values()
        parts = [each.get("content", {}) for each in (operation.get("requestBody", {}), *answers)]
        for media_type, content in chain.from_iterable(each.items() for each in parts):
            if media_type in ("application/json", "application/problem+json") and "schema" in content:
                schema = content["schema"].get("items", content["schema"])  # Triton's index is a list
                name = schema["$ref"].removeprefix("#/components/schemas/")
                assert name.isidentifier(), place
                assert described["components"]["schemas"][name]["properties"], place
                n_bodies += 1
    assert n_bodies > 50


def test_every_operation_has_a_plain_name_a_summary_and_a_tag(described: dict[str, Any]) -> None:
    found = operations(described)
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    assert {"generate", "interpolate", "dataset", "latents", "digit", "number", "image", "infer"} <= {*names}
    for place, operation in found.items():
        assert operation["operationId"].isidentifier() and "__" not in operation["operationId"], place
        assert 10 < len(operation["summary"]) < 100, place
        assert not {".", "\n"} & set(operation["summary"]), place
        assert len(operation["tags"]) == 1, place
        named = {each["name"] for each in operation["parameters"] if each.get("in") == "path"}
        assert named == set(re.findall(r"{(\w+)}", place)), place


def test_limits_that_are_settings_are_in_the_schemas_of_bodies(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, max_images=64, max_stream_images=500)
    schemas = create_app(settings).openapi()["components"]["schemas"]
    [count, _] = schemas["GenerateRequest"]["properties"]["count"]["anyOf"]
    [latents, _] = schemas["GenerateRequest"]["properties"]["latents"]["anyOf"]
    assert (count["maximum"], latents["maxItems"], latents["items"].get("maxItems")) == (500, 500, None)
    assert schemas["DatasetRequest"]["properties"]["count"]["maximum"] == 500
    assert schemas["LatentsRequest"]["properties"]["seeds"]["maxItems"] == 64


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the description of a service that needs keys."""
    folder = tmp_path_factory.mktemp("described")
    deploy(folder / "models", a_card(a_graph()), a_graph())
    add_key(folder / "keys.json", "shop")
    settings = Settings(models_dir=folder / "models", default_model="tiny", keys_file=folder / "keys.json")
    return create_app(settings).openapi()


def operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    paths = described["paths"].items()
    return {f"{method} {path}": operation for path, each in paths for method, operation in each.items()}


def with_parameter(described: dict[str, Any], name: str) -> set[str]:
    reference = {"$ref": f"#/components/parameters/{name}"}
    return {place for place, each in operations(described).items() if reference in each.get("parameters", ())}


OPEN = {"get /health/live", "get /health/ready", "get /v2/health/live", "get /v2/health/ready", "get /metrics"}


def test_every_operation_that_needs_a_key_takes_a_deadline(described: dict[str, Any]) -> None:
    without = set(operations(described)) - with_parameter(described, "X-Request-Timeout")
    assert without == OPEN | {"get /problems", "get /problems/{slug}"}
    assert "values above 30 count as 30" in described["components"]["parameters"]["X-Request-Timeout"]["description"]


def test_operations_with_an_etag_take_a_condition(described: dict[str, Any]) -> None:
    addresses = ("/digits/{label}/{hand}", "/numbers/{digits}/{hand}", "/images/{hand}")
    pictures = {f"get {address}.{suffix}" for address in addresses for suffix in ("png", "svg")}
    pictures.add("get /previews/{digits}/{hand}.png")
    files = {f"get /models/{{model}}/{{version}}/{name}" for name in ("model.onnx", "encoder.onnx", "map.json")}
    of_other_clients = {"post /models/{model}", "post /models/{model}/{version}"}
    assert with_parameter(described, "If-None-Match") == pictures | files | of_other_clients | {
        "post /generate",
        "post /interpolate",
        "post /dataset",
        "get /datasets/{spec}/{file}",
        "post /dataset/numbers",
    }


def test_a_key_may_be_sent_in_either_header(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    assert [scheme.get("name", scheme.get("scheme")) for scheme in schemes.values()] == ["bearer", "X-Api-Key"]
    for place, operation in operations(described).items():
        is_open = place in OPEN or "/problems" in place
        assert operation.get("security") == (None if is_open else [{name: []} for name in schemes]), place


def test_no_key_is_described_without_keys(service: httpx.Client) -> None:
    described = service.get("/openapi.json").json()
    assert "securitySchemes" not in described["components"]
    assert not any("security" in each for each in operations(described).values())
