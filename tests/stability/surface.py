"""Everything that a minor version may add to but not take from, as names: see docs/stability.md.

``python -m tests.stability.surface`` records it in released.json, once for each release.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Any

import click

import digitgan
from digitgan.cli.settings import rows
from digitgan.cli.tree import Tree
from digitgan.contract.card import Card, read_card
from service.app import create_app
from service.http.problems import PROBLEMS
from service.settings import Settings

ROOT = Path(__file__).parents[2]
MODELS = [card.parent for card in (ROOT / "exported").glob("*/*/card.json")]
# Programs get these from functions, and never make them.
_RETURNED = {"DigitStream", "Model", "RemoteStream", "Samples", "Writing"}
RECORD = Path(__file__).with_name("released.json")
Schema = Mapping[str, Any]
_IN_PATH = re.compile(r"\{\w+\}")  # its name is no part of an address
_IS_METRIC = re.compile(r"^\| `(digitgan_\w+)` \| \w+ \| ([^|]*) \|", re.MULTILINE)


def surface() -> dict[str, list[str]]:
    """Return the names that clients, scripts and operators use, sorted, by kind."""
    names = {
        "Python": _python(),
        "HTTP": _operations(create_app(Settings()).openapi()),
        "problems": PROBLEMS,
        "command line": _options(),
        "settings": (row.variable for row in rows(Settings).values()),
        "metrics": _metrics(),
        "models": (f"{each.model}/{each.version} {each.file.sha256}" for each in map(read_card, MODELS)),
        "card": _fields(Card.model_json_schema(), Card.model_json_schema()),
    }
    return {kind: sorted({*each}) for kind, each in names.items()}


def _python() -> Iterator[str]:
    """Yield the names of the Python API, their own public members, and the parameters of what programs call."""
    for name in digitgan.__all__:
        found = getattr(digitgan, name)
        members = vars(found) if isinstance(found, type) else ()
        for path in (name, *(f"{name}.{member}" for member in members if not member.startswith("_"))):
            yield path
            called = attrgetter(path)(digitgan)
            if callable(called) and path not in _RETURNED:
                with suppress(ValueError):  # Python's exceptions have no signature
                    names = [*inspect.signature(called).parameters]
                    yield from (f"{path}({each})" for each in names if each != "self")


def _operations(description: Schema) -> Iterator[str]:
    """Yield operations, what a request may contain and may leave out, and what an answer contains."""
    for path, operations in description["paths"].items():
        for verb, operation in operations.items():
            name = f"{verb.upper()} {_IN_PATH.sub('{}', path)}"
            yield name
            for parameter in (_resolved(each, description) for each in operation.get("parameters", ())):
                if parameter["in"] != "path":
                    yield f"{name} {parameter['in']} {parameter['name']}"
                    if not parameter.get("required"):
                        yield f"{name} {parameter['in']} {parameter['name']} (optional)"
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield from (f"{name} body {each}" for each in _fields(content["schema"], description, is_request=True))
            for media_type, content in operation["responses"].get("200", {}).get("content", {}).items():
                yield f"{name} answer {media_type}"
                yield from (f"{name} answer {each}" for each in _fields(content.get("schema", {}), description))


def _fields(
    schema: Schema, description: Schema, *, is_request: bool = False, above: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the fields of a schema and of the schemas in it, such as ``images[].label``."""
    reference = schema.get("$ref", "")
    if reference in above:
        return
    beyond = (*above, reference) if reference else above
    found = {**schema, **_resolved(schema, description)}
    for each in (*found.get("anyOf", ()), *found.get("oneOf", ()), *found.get("allOf", ())):
        yield from _fields(each, description, is_request=is_request, above=beyond)
    if isinstance(found.get("items"), dict):
        yield from (f"[]{name}" for name in _fields(found["items"], description, is_request=is_request, above=beyond))
    for name, field in found.get("properties", {}).items():
        yield f".{name}"
        if is_request and name not in found.get("required", ()):
            yield f".{name} (optional)"
        yield from (f".{name}{more}" for more in _fields(field, description, is_request=is_request, above=beyond))


def _resolved(schema: Schema, description: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = description
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _options() -> Iterator[str]:
    tree = Tree()
    context = click.Context(tree)
    for name in tree.list_commands(context):
        yield name
        command = tree.get_command(context, name)
        for parameter in command.get_params(context) if command else ():
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("-"):
                    yield f"{name} {option}"


def _metrics() -> Iterator[str]:
    """Yield the metrics of the page, which tests/docs/test_metrics.py compares with a running service."""
    for name, labels in _IS_METRIC.findall((ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")):
        yield name
        yield from (f"{name} {label.strip()}" for label in labels.split(",") if label.strip())


if __name__ == "__main__":
    RECORD.write_text(json.dumps(surface(), indent=1) + "\n", encoding="utf-8")
