"""The page of the HTTP interface, made from the service's OpenAPI description."""

from collections.abc import Iterator
from typing import Any

from reference.tables import Schema, allowed, anchor, cell, table
from service.app import create_app
from service.settings import Settings

_HEAD = """# HTTP reference

Every operation, field and limit, as the running service describes them at `/openapi.json`; at `/docs` you can try them. `make
reference` makes this page from that description, with the limits of the default settings. [Images over HTTP](../http.md) explains
the operations with examples.
"""
_ON_ANOTHER_PAGE = {"Card"}  # described on the page of the card
_TITLES = {"open inference protocol": "Open Inference Protocol", "openai": "OpenAI's images"}
_VERBS = ("get", "post", "put", "delete")


def page() -> str:
    """Return the page of a service with default settings."""
    return render(create_app(Settings()).openapi())


def render(description: Schema) -> str:
    """Return the page of an OpenAPI description."""
    schemas = description["components"]["schemas"]
    tags: dict[str, list[str]] = {}
    told: set[str] = set()
    for path, operations in description["paths"].items():
        for verb in _VERBS:
            if verb in operations:
                text = _operation(f"{verb.upper()} {path}", operations[verb], description, told)
                tags.setdefault(operations[verb]["tags"][0], []).append(text)
    sections = [f"\n## {_TITLES.get(tag, tag.capitalize())}\n{''.join(texts)}" for tag, texts in tags.items()]
    common = _parameters(description["components"]["parameters"].values(), told)
    return (
        _HEAD
        + "".join(sections)
        + f"\n## Common headers\n\n{common}"
        + "\n## Bodies\n"
        + "".join(f"\n### {name}\n\n{_said(schema)}{text}" for name, schema, text in _reached(schemas, told))
    )


def _operation(heading: str, operation: Schema, description: Schema, told: set[str]) -> str:
    parts = [f"\n### {heading}\n\n{operation['summary']}.\n"]
    if "description" in operation:
        parts.append(f"\n{_said(operation)}")
    given = operation.get("parameters", [])
    if own := [each for each in given if "$ref" not in each]:
        parts.append("\n" + _parameters(own, told))
    if shared := [each["$ref"].rpartition("/")[2] for each in given if "$ref" in each]:
        parts.append(f"\nHeaders: {', '.join(f'[`{name}`](#common-headers)' for name in shared)}.\n")
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"\nBody, `{media_type}`:\n\n{_body(content['schema'], description, told)}")
    parts.append("\n" + _answers(operation["responses"], told))
    return "".join(parts)


def _parameters(parameters: Any, told: set[str]) -> str:
    return table(
        ("parameter", "in", "allowed", "default", "meaning"),
        (
            (
                f"`{each['name']}`",
                each["in"],
                allowed(each["schema"], _linked(told)),
                _default(each["schema"]),
                cell(each.get("description", "")),
            )
            for each in parameters
        ),
    )


def _body(schema: Schema, description: Schema, told: set[str]) -> str:
    """Return what a body is for, and the table of its fields."""
    whole = schema
    if "$ref" in schema:
        whole = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "properties" not in whole:
        return f"{allowed(whole, _linked(told))}: {cell(whole.get('description', ''))}\n"
    return f"{_said(whole)}\n{_fields(whole, told)}"


def _fields(schema: Schema, told: set[str]) -> str:
    required = schema.get("required", ())
    return table(
        ("field", "allowed", "default", "meaning"),
        (
            (
                f"`{name}`",
                allowed(field, _linked(told)),
                "required" if name in required and "default" not in field else _default(field),
                cell(field.get("description", "")),
            )
            for name, field in schema["properties"].items()
        ),
    )


def _default(schema: Schema) -> str:
    value = schema.get("default")
    return "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _answers(responses: Schema, told: set[str]) -> str:
    rows = []
    for status, response in responses.items():
        content = response.get("content", {}) or {"": {"schema": {}}}
        for media_type, described in content.items():
            schema = described.get("schema", {})
            said = cell(schema.get("description", ""))
            if "$ref" in schema:
                said = _linked(told)(schema["$ref"].rpartition("/")[2])
            elif status == "4XX" or status == "5XX":
                said = "[a problem](../http.md#errors)" if "problem" in media_type else said
            elif not said:
                said = _one_of(response.get("description", ""), media_type)
            rows.append((status, f"`{media_type}`" if media_type else "", said or cell(response["description"])))
    headers = responses.get("200", {}).get("headers", {})
    listed = "".join(f"- `{name}`: {cell(header['description'])}\n" for name, header in headers.items())
    return table(("status", "media type", "answer"), rows) + (f"\nWith the headers\n\n{listed}" if listed else "")


def _one_of(description: str, media_type: str) -> str:
    """Return what a list of media types says about one of them."""
    for line in description.splitlines():
        if line.startswith(f"- `{media_type}`: "):
            return cell(line.partition(": ")[2])
    return ""


def _said(schema: Schema) -> str:
    text = schema.get("description", "").strip()
    return f"{text}\n" if text else ""


def _linked(told: set[str]) -> Any:
    def link(name: str) -> str:
        if name in _ON_ANOTHER_PAGE:
            return f"[{name}](model-card.md)"
        told.add(name)
        return f"[{name}](#{anchor(name)})"

    return link


def _reached(schemas: Schema, told: set[str]) -> Iterator[tuple[str, Schema, str]]:
    """Yield each schema that was named, and those that these name, in alphabetical order."""
    done: dict[str, str] = {}
    while waiting := sorted(told - done.keys()):
        schema = schemas[waiting[0]]
        has_fields = "properties" in schema
        done[waiting[0]] = "\n" + _fields(schema, told) if has_fields else f"\n{allowed(schema, _linked(told))}\n"
    for name in sorted(done):
        yield name, schemas[name], done[name]
