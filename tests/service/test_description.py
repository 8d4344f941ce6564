"""Knows which operations the description says to take a key, a deadline or a tag. Does not know what they answer."""

from typing import Any

import httpx
import pytest

from service.access.key_file import add_key
from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the description of a service that wants keys."""
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


def test_all_but_probes_scrapes_and_help_takes_a_deadline(described: dict[str, Any]) -> None:
    without = set(operations(described)) - with_parameter(described, "X-Request-Timeout")
    assert without == OPEN | {"get /problems", "get /problems/{slug}"}
    assert "above 30 it is 30" in described["components"]["parameters"]["X-Request-Timeout"]["description"]


def test_a_tag_can_be_sent_back_to_whatever_has_one(described: dict[str, Any]) -> None:
    pictures = {"get /digits/{label}/{seed}.png", "get /numbers/{digits}/{seed}.png", "get /images/{seed}.png"}
    files = {"get /models/{model}/{version}/model.onnx"}
    assert with_parameter(described, "If-None-Match") == pictures | files | {
        "post /generate",
        "post /interpolate",
        "post /dataset",
    }


def test_a_key_is_sent_in_either_header_to_what_needs_one(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    assert [scheme.get("name", scheme.get("scheme")) for scheme in schemes.values()] == ["bearer", "X-Api-Key"]
    for place, operation in operations(described).items():
        is_open = place in OPEN or "/problems" in place
        assert operation.get("security") == (None if is_open else [{name: []} for name in schemes]), place


def test_without_keys_none_is_described(service: httpx.Client) -> None:
    described = service.get("/openapi.json").json()
    assert "securitySchemes" not in described["components"]
    assert not any("security" in each for each in operations(described).values())
