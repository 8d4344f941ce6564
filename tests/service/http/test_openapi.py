"""What the service's own description says about formats, bodies, keys, deadlines and conditions."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from digitgan.formats.registry import JSON, NPY, PNG
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
    pictures = {"get /digits/{label}/{seed}.png", "get /numbers/{digits}/{seed}.png", "get /images/{seed}.png"}
    files = {"get /models/{model}/{version}/model.onnx"}
    of_other_clients = {"post /models/{model}", "post /models/{model}/{version}"}
    assert with_parameter(described, "If-None-Match") == pictures | files | of_other_clients | {
        "post /generate",
        "post /interpolate",
        "post /dataset",
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
