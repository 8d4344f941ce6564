"""How operations are described in the service's own OpenAPI description."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import FastAPI, Path
from pydantic import BaseModel

from digitgan.formats.format import Format

from .problems import MEDIA_TYPE, ProblemBody

Described = dict[str, Any]

PathModel = Annotated[str, Path(examples=["digits"])]
PathVersion = Annotated[str, Path(examples=["1"])]

KEYS: Described = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key of this service"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "the same, if a gateway uses `Authorization` itself",
    },
}
_TIMEOUT, _CONDITION = "X-Request-Timeout", "If-None-Match"
SHARED_PARAMETERS = (_TIMEOUT, _CONDITION)

_HEADERS = {
    "ETag": "strong; absent if seeds were drawn at random",
    "Cache-Control": "immutable if the request names model and version",
    "Content-Location": "address at which GET returns the same bytes, if the answer is one PNG from one seed",
    "Content-Disposition": "a name for the answer as a file",
    "Server-Timing": "milliseconds in queue, model and encoder; of a stream in queue and model, for its first chunk",
}


def answer_of(formats: Iterable[Format], model: type[BaseModel] | None = None) -> dict[int | str, Described]:
    """Return the description of an answer that is available in several formats.

    Args:
        formats: all of them.
        model: the schema of the JSON format, if that is among them.
    """
    formats = list(formats)
    described = {
        "description": "In the format that `Accept` requests.\n\n"
        + "\n".join(f"- `{each.media_type}`: {each.full_description}" for each in formats),
        "content": {each.media_type: _content(each) for each in formats},
        "headers": headers_of(_HEADERS),
    }
    return {200: described | ({"model": model} if model else {})}


def headers_of(texts: dict[str, str]) -> Described:
    """Return the description of an answer's header fields, each with a text about it."""
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in texts.items()}


def at_most(most: int, *, count: str | None = None, lists: Iterable[str] = ()) -> Described:
    """Return what the description of a request adds to its body's schema: a limit that is a setting.

    Args:
        most: the limit.
        count: the field whose number it bounds.
        lists: the fields whose lengths it bounds.
    """
    fields = {name: {"maxItems": most} for name in lists} | ({count: {"maximum": most}} if count else {})
    return {"requestBody": {"content": {"application/json": {"schema": {"properties": fields}}}}}


def binary(description: str) -> Described:
    """Return the description of a media type whose bytes are not text."""
    return {"schema": {"type": "string", "format": "binary", "description": description}}


def schema_of(model: type[BaseModel]) -> Described:
    """Return the schema of a body that FastAPI does not read itself, with references replaced by their targets."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            node = parts[node["$ref"].rpartition("/")[2]]
        return {key: inline(each) for key, each in node.items()}

    inlined: Described = inline(schema)
    return inlined


def problem_responses() -> dict[int | str, Described]:
    """Return the description of every error of the service's own protocol."""
    problem = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": schema_of(ProblemBody)}}}
    return {"4XX": problem, "5XX": problem}


def complete(app: FastAPI, *, request_timeout_s: float, timeout_pattern: str, has_keys: bool) -> None:
    """Let an application's description include what middleware adds to operations: keys, deadlines and conditions.

    Args:
        app: the application, with all of its routes.
        request_timeout_s: maximum seconds until an answer begins.
        timeout_pattern: the values of ``X-Request-Timeout``, as a regular expression.
        has_keys: requests need a key.
    """
    most = f"{request_timeout_s:g}"
    parameters = {
        _TIMEOUT: {
            "name": _TIMEOUT,
            "in": "header",
            "description": f"most seconds until the answer begins, more than 0; values above {most} count as {most}",
            "schema": {"type": "string", "pattern": timeout_pattern, "examples": ["2.5"]},
        },
        _CONDITION: {
            "name": _CONDITION,
            "in": "header",
            "description": "`ETag` of an answer that the client has. If it is still current, nothing is generated, and "
            "the status is 304, or 412 for a POST",
            "schema": {"type": "string"},
        },
    }
    describe = app.openapi

    def openapi() -> Described:
        if app.openapi_schema is not None:
            return app.openapi_schema
        schema = describe()
        schema["components"]["parameters"] = parameters
        if has_keys:
            schema["components"]["securitySchemes"] = KEYS
        for operation in _operations(schema):
            is_open = operation.pop("security", None) == []
            own = operation.setdefault("parameters", [])
            if not is_open:
                own.append(_reference(_TIMEOUT))
                if has_keys:
                    operation["security"] = [{name: []} for name in KEYS]  # one of them
            if "ETag" in operation["responses"].get("200", {}).get("headers", {}):
                own.append(_reference(_CONDITION))
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way: "Extending OpenAPI" in its documentation


def _content(format: Format) -> Described:
    if format.example is None:
        return binary(format.full_description)
    return {"example": format.example} | ({"schema": {"type": "string"}} if isinstance(format.example, str) else {})


def _operations(schema: Described) -> Iterator[Described]:
    for operations in schema["paths"].values():
        yield from operations.values()


def _reference(name: str) -> Described:
    return {"$ref": f"#/components/parameters/{name}"}
