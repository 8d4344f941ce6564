"""How operations are described in the service's own OpenAPI description."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Path
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from digitgan.contract.limits import NAME_PATTERN, VERSION_PATTERN
from digitgan.formats.format import Format
from digitgan.formats.registry import JSON
from digitgan.request.messages import ALLOWED

from .problems import MEDIA_TYPE, ProblemBody

Described = dict[str, Any]

# Patterns of the description alone: another name is answered like that of a model that is not served.
PathModel = Annotated[str, Path(examples=["digits"], json_schema_extra={"pattern": NAME_PATTERN})]
PathVersion = Annotated[str, Path(examples=["1"], json_schema_extra={"pattern": VERSION_PATTERN})]

KEYS: Described = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key of this service"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "the same, if a gateway uses `Authorization` itself",
    },
}
_SCHEMAS = "#/components/schemas/"
_LIMITS = "x-limits"  # of an operation until `complete` writes them into its body's schema
_MAX_INT32 = 2**31 - 1
_TIMEOUT, _CONDITION = "X-Request-Timeout", "If-None-Match"
SHARED_PARAMETERS = (_TIMEOUT, _CONDITION)

_TAGS = {  # of operations, in the order of /docs
    "digits": "Digits, numbers and data sets, made as the body says",
    "pictures": "Pictures at addresses: what is drawn is in the address",
    "datasets": "Files of data sets at addresses, whole or in parts",
    "models": "The models that are served, with their cards and files",
    "open inference protocol": "The protocol of Triton and KServe, version 2",
    "openai": "Images and models as OpenAI's clients ask for them",
    "hugging face": "Pictures as clients of Hugging Face's inference endpoints ask for them",
    "health": "What probes and Prometheus ask",
    "problems": "Each type of error, explained",
}
_HEADERS = {
    "ETag": "strong; absent if seeds were drawn at random",
    "Cache-Control": "immutable if the request names model and version",
    "Content-Location": "address at which GET returns the same bytes, if the answer is one PNG or SVG from one seed",
    "Content-Disposition": "a name for the answer as a file",
    "Server-Timing": "milliseconds in queue, model and encoder; of a stream in queue and model, for its first chunk",
}
_TAGGED = {"ETag", "Cache-Control", "Content-Location"}


def answer_of(
    formats: Iterable[Format],
    model: type[BaseModel] | None = None,
    *,
    example: Described | None = None,
    is_tagged: bool = True,
) -> dict[int | str, Described]:
    """Return the description of an answer that is available in several formats.

    Args:
        formats: all of them; those whose library is not installed are left out, since no client can have them.
        model: the schema of the JSON format, if that is among them.
        example: of the JSON format; by default the format's own.
        is_tagged: whether the answer has an entity tag, and what goes with it.
    """
    formats = [each for each in formats if each.is_installed]
    headers = {name: text for name, text in _HEADERS.items() if is_tagged or name not in _TAGGED}
    described: Described = {
        "description": "In the format that `Accept` requests.\n\n"
        + "\n".join(f"- `{each.media_type}`: {each.full_description}" for each in formats),
        "content": {each.media_type: _content(each) for each in formats},
        "headers": headers_of(headers),
    }
    if example is not None:
        described["content"][JSON.media_type] = {"example": example}
    return {200: described | ({"model": model} if model else {})}


def headers_of(texts: dict[str, str]) -> Described:
    """Return the description of an answer's header fields, each with a text about it."""
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in texts.items()}


def at_most(most: int, *, count: str | None = None, lists: Iterable[str] = ()) -> Described:
    """Return the `openapi_extra` of a route whose body has a limit that is a setting.

    Args:
        most: the limit.
        count: the field whose number it bounds.
        lists: the fields whose lengths it bounds.
    """
    fields = {name: {"maxItems": most} for name in lists} | ({count: {"maximum": most}} if count else {})
    return {_LIMITS: fields}


def binary(description: str) -> Described:
    """Return the description of a media type whose bytes are not text."""
    return {"schema": {"type": "string", "format": "binary", "description": description}}


def reference_to(model: type[BaseModel]) -> Described:
    """Return a reference to the schema of a body that FastAPI does not know; `complete` adds the schema itself."""
    return {"$ref": _SCHEMAS + model.__name__}


def problem_responses() -> dict[int | str, Described]:
    """Return the description of every error of the service's own protocol."""
    problem = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": reference_to(ProblemBody)}}}
    return {"4XX": problem, "5XX": problem}


def complete(
    app: FastAPI, *, bodies: Sequence[type[BaseModel]], request_timeout_s: float, timeout_pattern: str, has_keys: bool
) -> None:
    """Let an application's description include what FastAPI does not know.

    That is what middleware adds to operations (keys, deadlines and conditions), bodies that routes read themselves, and
    limits that are settings. Summaries are the first paragraphs of the docstrings.

    Args:
        app: the application, with all of its routes.
        bodies: the models that `reference_to` was called with.
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
        schema["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
        components = schema["components"]
        components["parameters"] = parameters
        _, own = models_json_schema([(each, "validation") for each in bodies], ref_template=_SCHEMAS + "{model}")
        components["schemas"] = dict(sorted((components["schemas"] | own["$defs"]).items()))
        if has_keys:
            components["securitySchemes"] = KEYS
        for operation in _operations(schema):
            is_open = operation.pop("security", None) == []
            summary, _, more = operation.pop("description").partition("\n\n")
            operation["summary"] = re.sub(r"\s+", " ", summary).removesuffix(".").replace("`", "")  # it is plain text
            if more:
                operation["description"] = more
            if limits := operation.pop(_LIMITS, None):
                _limit(components["schemas"][_body_name(operation)]["properties"], limits)
            own = operation.setdefault("parameters", [])
            if not is_open:
                own.append(_reference(_TIMEOUT))
                if has_keys:
                    operation["security"] = [{name: []} for name in KEYS]  # one of them
            if "ETag" in operation["responses"].get("200", {}).get("headers", {}):
                own.append(_reference(_CONDITION))
        for part in (schema["paths"], components["schemas"]):
            _tidy(part)
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way: "Extending OpenAPI" in its documentation


def _content(format: Format) -> Described:
    if format.example is None:
        return binary(format.full_description)
    return {"example": format.example} | ({"schema": {"type": "string"}} if isinstance(format.example, str) else {})


def _operations(schema: Described) -> Iterator[Described]:
    for operations in schema["paths"].values():
        yield from operations.values()


def _body_name(operation: Described) -> str:
    reference: str = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return reference.removeprefix(_SCHEMAS)


def _limit(fields: Described, limits: Described) -> None:
    """Add limits to fields, each to the alternative that has such a limit."""
    types = {"maxItems": "array", "maximum": "integer"}
    for name, limit in limits.items():
        for alternative in fields[name].get("anyOf", [fields[name]]):
            alternative.update({key: most for key, most in limit.items() if types[key] == alternative["type"]})


def _tidy(node: Any) -> None:
    """Change schemas so that generators of clients make good types of them.

    - Words for messages go.
    - Titles go: they repeat names, and generators name types after them.
    - Bounds of integers are integers.
    - Integers that may exceed 32 bits have the format int64, since generators would use 32 bits.
    - A default that is an object goes, since few generators write one as code.
    - Where one item may stand for a list of one, only the list is described: in few languages a type can be either.
    """
    if isinstance(node, list):
        for each in node:
            _tidy(each)
    if not isinstance(node, dict):
        return
    node.pop(ALLOWED, None)
    if isinstance(node.get("title"), str):
        del node["title"]
    if isinstance(node.get("default"), dict):
        del node["default"]
    if node.get("type") == "integer":
        node.update({key: int(node[key]) for key in ("minimum", "maximum", "multipleOf") if key in node})
        if node.get("maximum", _MAX_INT32 + 1) > _MAX_INT32:
            node["format"] = "int64"
    alternatives = node.get("anyOf", ())
    if lists := [each for each in alternatives if each.get("type") == "array"]:
        if {"type": "null"} in alternatives:
            node["anyOf"] = [lists[-1], {"type": "null"}]
        else:
            del node["anyOf"]
            node.update(lists[-1])
    for key, each in node.items():
        if key == "properties":  # whose keys are names of fields, and not words of JSON Schema
            for field in each.values():
                _tidy(field)
        elif key not in ("default", "example", "examples"):
            _tidy(each)


def _reference(name: str) -> Described:
    return {"$ref": f"#/components/parameters/{name}"}
