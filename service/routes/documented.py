"""Knows how the forms of an answer are described in the service's own documentation.

Does not know how they are made.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel

from digitgan.formats.format import Form

PathModel = Annotated[str, Path(examples=["digits"])]
PathVersion = Annotated[str, Path(examples=["1"])]

_HEADERS = {
    "ETag": "strong; absent where seeds were drawn at random",
    "Cache-Control": "for good where model and version are named",
    "Content-Location": "where GET gives the same bytes, if the answer is one PNG from one seed",
    "Server-Timing": "milliseconds in queue, model and encoder; of a stream in queue and model, for its first chunk",
}


def answer_of(forms: Iterable[Form], model: type[BaseModel] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of an answer that can be had in these forms.

    Args:
        forms: all of them.
        model: the schema of the JSON form, if that is among them.
    """
    described = {
        "description": "In the form that `Accept` asks for.\n\n"
        + "\n".join(f"- `{form.media_type}`: {form.description}" for form in forms),
        "content": {form.media_type: _content(form) for form in forms},
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()},
    }
    return {200: described | ({"model": model} if model else {})}


def at_most(most: int, *, count: str | None = None, lists: Iterable[str] = ()) -> dict[str, Any]:
    """Return what the description of a request adds to its body's schema: a limit that is a setting.

    Args:
        most: the limit.
        count: the field whose number it bounds.
        lists: the fields whose lengths it bounds.
    """
    fields = {name: {"maxItems": most} for name in lists} | ({count: {"maximum": most}} if count else {})
    return {"requestBody": {"content": {"application/json": {"schema": {"properties": fields}}}}}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a body that FastAPI does not read itself, with each part in its place."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def filled(node: Any) -> Any:
        if isinstance(node, list):
            return [filled(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            node = parts[node["$ref"].rpartition("/")[2]]
        return {key: filled(each) for key, each in node.items()}

    inlined: dict[str, Any] = filled(schema)
    return inlined


def binary(description: str) -> dict[str, Any]:
    """Return the OpenAPI description of a media type whose bytes are not text."""
    return {"schema": {"type": "string", "format": "binary", "description": description}}


def _content(form: Form) -> dict[str, Any]:
    if form.example is None:
        return binary(form.description)
    return {"example": form.example} | ({"schema": {"type": "string"}} if isinstance(form.example, str) else {})
