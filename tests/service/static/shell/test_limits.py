"""The limits that the page reads from the service's description."""

import json
from copy import deepcopy
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.service.static.modules import node

OPERATIONS = ("/generate", "/interpolate", "/dataset", "/latents")


@pytest.fixture(scope="module")
def description(models_dir: Path) -> dict[str, Any]:
    settings = Settings(models_dir=models_dir, threads=1, max_images=64, max_stream_images=500)
    return create_app(settings).openapi()


def limits(description: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = node("shell/limits.js", f"limitsOf({json.dumps(description)})")
    return found


def schema(description: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = description["components"]["schemas"][name]["properties"]
    return found


def test_limits_are_the_described_ones(description: dict[str, Any]) -> None:
    found = limits(description)
    generate, interpolate = (schema(description, name) for name in ("GenerateRequest", "InterpolateRequest"))
    for name, field in (
        ("truncation", generate["truncation"]),
        ("scale", generate["scale"]),
        ("height", generate["height"]),
        ("gap", generate["gap"]),
        ("steps", interpolate["steps"]),
        ("pause", interpolate["frame_ms"]),
    ):
        assert found[name] == {"least": field["minimum"], "most": field["maximum"]}
    keys = interpolate["seeds"]["anyOf"][0]
    assert found["keys"] == {"least": keys["minItems"], "most": keys["maxItems"]}
    digits = generate["digits"]["anyOf"][0]["items"]
    assert found["digits"] == {"least": digits["minLength"], "most": digits["maxLength"]}


def test_limits_follow_the_settings(description: dict[str, Any]) -> None:
    found = limits(description)
    assert found["count"] == {"least": 1, "most": 500}
    assert found["images"] == 64


def test_limits_are_found_behind_references(description: dict[str, Any]) -> None:
    other = deepcopy(description)
    components = other["components"]
    components["requestBodies"], components["fields"] = {}, {}
    for path in OPERATIONS:
        operation = other["paths"][path]["post"]
        name = path[1:]
        body = operation["requestBody"]["content"]["application/json"]
        body["schema"] = {"allOf": [{"$ref": body["schema"].pop("$ref")}, body["schema"]]}
        components["requestBodies"][name] = operation["requestBody"]
        operation["requestBody"] = {"$ref": f"#/components/requestBodies/{name}"}
        properties = schema(other, f"{name.capitalize()}Request")
        for field in properties:
            components["fields"][f"{name}/{field}"] = properties[field]
            properties[field] = {"$ref": f"#/components/fields/{name}~1{field}"}
    assert limits(other) == limits(description)


def test_length_is_read_from_keywords_as_from_a_pattern(description: dict[str, Any]) -> None:
    other = deepcopy(description)
    schema(other, "GenerateRequest")["digits"] = {"type": "string", "minLength": 1, "maxLength": 20}
    assert limits(other)["digits"] == {"least": 1, "most": 20}


def test_missing_limit_is_reported(description: dict[str, Any]) -> None:
    other = deepcopy(description)
    del schema(other, "GenerateRequest")["scale"]["maximum"]
    with pytest.raises(CalledProcessError) as raised:
        limits(other)
    assert "states no limits of scale in /generate" in raised.value.stderr
