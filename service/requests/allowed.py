"""Knows how to say in words what a body's schema allows at a place of it, for whoever wrote something else there.

Does not know what bodies mean.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

_NUMBERS = {"integer": "an integer", "number": "a finite number"}

Schema = dict[str, Any]


def allowed(model: type[BaseModel], place: Sequence[str | int]) -> str | None:
    """Return what is allowed at a place: a range, a length, or the fields that there are; None where that is not known.

    Args:
        model: of the body.
        place: names and positions from the body inwards, as pydantic has them.
    """
    schema = _schema(model)
    parts = schema.get("$defs", {})
    here = list(_kinds(schema, parts))
    for i, part in enumerate(place):
        inside = [kind for node in here for kind in _kinds(_step(node, part), parts)]
        if not inside:
            fields = [name for node in here for name in node.get("properties", ())]
            return f"the fields are {', '.join(fields)}" if fields and i == len(place) - 1 else None
        here = inside
    words = [words for node in here if (words := _in_words(node))]
    return f"{' or '.join(words)} is allowed" if words else None


@lru_cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _kinds(node: Schema | None, parts: dict[str, Schema]) -> Iterator[Schema]:
    """Yield each schema that a value may keep to, where there is a choice, with references followed."""
    if node is None:
        return
    if "$ref" in node:
        yield from _kinds(parts[node["$ref"].rpartition("/")[2]], parts)
    elif "anyOf" in node and "properties" not in node:
        for each in node["anyOf"]:
            yield from _kinds(each, parts)
    else:
        yield node


def _step(node: Schema, part: str | int) -> Schema | None:
    inside: Schema | None = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    return inside


def _in_words(node: Schema) -> str | None:
    kind = node.get("type")
    if kind in _NUMBERS:
        return f"{_NUMBERS[kind]}{_range(node.get('minimum'), node.get('maximum'))}"
    if kind == "array":
        return f"a list of {node.get('minItems', 0)}{_up_to(node.get('maxItems'))}"
    return None


def _range(least: float | None, most: float | None) -> str:
    return "" if least is None else f" from {least:g}" if most is None else f" from {least} to {most}"


def _up_to(most: int | None) -> str:
    return " or more" if most is None else f" to {most}"
