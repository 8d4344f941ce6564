"""Knows what the documentation must say of an answer's forms, and of every body. Does not know the forms."""

from collections.abc import Iterator
from typing import Any

import httpx

from digitgan.formats import json_body, npy_body, png_body
from service.routes.documented import answer_of
from service.schemas import GenerateResponse


def test_every_form_is_described_and_only_bytes_are_binary() -> None:
    described = answer_of([json_body.FORM, png_body.FORM, npy_body.FORM], GenerateResponse)[200]
    assert described["model"] is GenerateResponse
    assert described["content"]["application/json"] == {"example": json_body.FORM.example}
    png = described["content"]["image/png"]["schema"]
    assert (png["format"], png["description"]) == ("binary", png_body.FORM.description)
    for form in (json_body.FORM, png_body.FORM, npy_body.FORM):
        assert f"`{form.media_type}`: {form.description}" in described["description"]


def test_without_a_json_form_there_is_no_model() -> None:
    assert "model" not in answer_of([png_body.FORM])[200]


def bodies(api: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every body that is documented, with where it stands: route, request or status, media type."""
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            described = {"request": operation.get("requestBody", {})} | operation["responses"]
            for place, body in described.items():
                for media_type, content in body.get("content", {}).items():
                    yield f"{method} {path}, {place}, {media_type}", content


def test_no_documented_body_lacks_an_example_or_a_description(service: httpx.Client) -> None:
    api = service.get("/openapi.json").json()

    def says_what_it_is(content: dict[str, Any]) -> bool:
        schema = content.get("schema", {})
        schema = api["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        return bool({"example", "examples"} & (content.keys() | schema.keys()) or schema.get("description"))

    found = list(bodies(api))
    assert len(found) > 50
    assert [place for place, content in found if not says_what_it_is(content)] == []
