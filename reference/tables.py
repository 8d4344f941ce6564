"""Markdown tables, and the values that a JSON schema allows, in words."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Schema = dict[str, Any]

_TYPES = {
    "date-time": "date and time",
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "true or false",
    "object": "object",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; columns that are empty in every row are left out."""
    filled = [list(row) for row in rows]
    columns = [i for i in range(len(head)) if any(row[i] for row in filled)]
    lines = [[head[i] for i in columns], ["---"] * len(columns), *([row[i] for i in columns] for row in filled)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def cell(text: str) -> str:
    """Return a text that is escaped for a cell."""
    return " ".join(text.replace("|", r"\|").replace("<", "&lt;").split())


def allowed(schema: Schema, link: Callable[[str], str]) -> str:
    """Return which values a schema allows, in words.

    Args:
        schema: schema of one value.
        link: returns the link to a schema that is described elsewhere.
    """
    if "$ref" in schema:
        return link(schema["$ref"].rpartition("/")[2])
    if kinds := [each for each in schema.get("anyOf", ()) or schema.get("oneOf", ()) if each.get("type") != "null"]:
        return " or ".join(dict.fromkeys(allowed(each, link) for each in kinds))  # null means the same as no value
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return _list(schema, link)
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {allowed(schema['additionalProperties'], link)}"
    kind = _TYPES.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "anything"))
    return f"{kind}{_range(schema)}{_shape(schema)}"


def _list(schema: Schema, link: Callable[[str], str]) -> str:
    items = re.sub(r"^(integer|number|text|list)\b", r"\1s", allowed(schema.get("items", {}), link))
    most = schema.get("maxItems")
    return f"list of {items}" if most is None else f"list of at most {most:,} {items}"


def _range(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f" above {_number(schema['exclusiveMinimum'])}"
    if least is not None and most is not None:
        return f" {_number(least)} to {_number(most)}"
    return f" from {_number(least)}" if least is not None else f" to {_number(most)}" if most is not None else ""


def _number(value: float) -> str:
    if value == 2**53 - 1:
        return "2^53 - 1"
    return f"{value:,g}" if value != int(value) else f"{int(value):,}"


def _shape(schema: Schema) -> str:
    return f" like `{cell(schema['pattern'])}`" if "pattern" in schema else ""


def anchor(heading: str) -> str:
    """Return the anchor that GitHub and Python-Markdown give a heading."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
