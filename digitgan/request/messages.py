"""What is wrong with a value of a request and what is allowed there, in the same words by HTTP and in Python."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.words import counted, unknown

_LONGEST_VALUE = 40  # characters of a value in a message
ALLOWED = "x-allowed"  # in a schema: what it allows, in words, where the schema itself would need a pattern

Schema = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)
Place = Sequence[str | int]  # names and positions from the body inwards

_KINDS = {int: ("integer", "number"), float: ("integer", "number"), list: ("array",), str: ("string",)}
_NUMBERS = {"integer": "an integer", "number": "a finite number"}
_TEXT = "text"
# pydantic's types of errors -> what is allowed, where the schema does not say more.
_ALLOWED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a JSON object",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than_equal": "at least {ge:,}",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of at most 4,300 digits",
    "int_type": "an integer",
    "less_than_equal": "at most {le:,}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "model_attributes_type": "a JSON object",
    "model_type": "a JSON object",
    "multiple_of": "a multiple of {multiple_of:,}",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_long": "text of at most {max_length:,} characters",
    "string_too_short": "text of at least {min_length:,} characters",
    "string_type": _TEXT,
}


def allowed(model: type[BaseModel], place: Place) -> str | None:
    """Return what a schema allows at a place, such as a range or a length; None if it does not say."""
    return _alternatives(_nodes(model, place))


def allowed_types(model: type[BaseModel], place: Place) -> list[str]:
    """Return the JSON types that a value may have at a place, other than null."""
    return [node["type"] for node in _nodes(model, place) if node.get("type", "null") != "null"]


def message_of(error: Mapping[str, Any], place: Place, model: type[BaseModel], term: str = "field") -> str:
    """Return what is wrong with a value and what is allowed.

    Args:
        error: pydantic's error.
        place: where it is in the model.
        model: the model.
        term: what the caller calls a field.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    nodes = _nodes(model, place)
    kinds = _KINDS.get(type(error["input"]), ())
    required = _alternatives([each for each in nodes if each.get("type") in kinds] or nodes)
    if kind == "missing":
        required = allowed(model, place)
        return f"this {term} is required" + (f"; it must be {required}" if required else "")
    if kind == "extra_forbidden":
        fields = [name for node in _nodes(model, place[:-1]) for name in node.get("properties", ())]
        return unknown(term, str(place[-1]), fields)
    if required is None and kind in _ALLOWED:
        required = _ALLOWED[kind].format(**context)
    return f"must be {required}, not {_value(error['input'])}" if required else f"must not be {_value(error['input'])}"


def validated(model: type[Model], values: Mapping[str, Any], term: str) -> Model:
    """Return an object with values that are allowed.

    Args:
        model: its class.
        values: by the names of fields.
        term: what the caller calls a field.

    Raises:
        InvalidPlan: a value is not allowed; the field is its name, and the position in a list.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error, model, term) from None


def invalid(error: ValidationError, model: type[BaseModel], term: str) -> InvalidPlan:
    """Return the first of pydantic's errors in words, a misspelt name before a missing one; see `validated`."""
    first = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    return InvalidPlan("/".join(map(str, first["loc"])), message_of(first, first["loc"], model, term))


def _alternatives(nodes: list[Schema]) -> str | None:
    """Return what any of some schemas allows."""
    texts = [_in_words(node) or (_TEXT if node.get("type") == "string" else None) for node in nodes]
    words = dict.fromkeys(text for text in texts if text)
    if any(text.startswith(f"{_TEXT} ") for text in words):
        words.pop(_TEXT, None)  # the other says which text
    return " or ".join(words) if words and list(words) != [_TEXT] else None  # the kind of error says more than "text"


def _value(value: Any) -> str:
    """Return a short text for a value of a request, as JSON has it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return f"a list of {counted(len(value), 'item')}" if value else "an empty list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**_LONGEST_VALUE else "an integer of too many digits"
    if isinstance(value, str):
        value = value[:_LONGEST_VALUE]
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "\N{HORIZONTAL ELLIPSIS}"


def _nodes(model: type[BaseModel], place: Place) -> list[Schema]:
    """Return the schemas that a value at a place may have; none where the model has no such place."""
    schema = schema_of(model)
    parts = schema.get("$defs", {})
    nodes = list(choices(schema, parts))
    for part in place:
        nodes = [choice for node in nodes for choice in choices(_step(node, part), parts)]
    return nodes


@lru_cache
def schema_of(model: type[BaseModel]) -> Schema:
    """Return a model's JSON schema, which must not be changed."""
    return model.model_json_schema()


def choices(node: Schema | None, parts: dict[str, Schema]) -> Iterator[Schema]:
    """Yield each alternative of a schema, with references resolved."""
    if node is None:
        return
    if "$ref" in node:
        yield from choices(parts[node["$ref"].rpartition("/")[2]], parts)
    elif "anyOf" in node:
        for each in node["anyOf"]:
            yield from choices(each, parts)
    else:
        yield node


def _step(node: Schema, part: str | int) -> Schema | None:
    inside: Schema | None = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    return inside


def _in_words(node: Schema) -> str | None:
    kind = node.get("type")
    if ALLOWED in node:
        return str(node[ALLOWED])
    if "enum" in node or "const" in node:
        values = [_value(each) for each in node.get("enum") or [node["const"]]]
        return " or ".join(filter(None, [", ".join(values[:-1]), values[-1]]))
    if kind == "boolean":
        return "true or false"
    if kind in _NUMBERS:
        step = f" in steps of {node['multipleOf']}" if "multipleOf" in node else ""
        return f"{_NUMBERS[kind]}{_range(node.get('minimum'), node.get('maximum'))}{step}"
    if kind == "array":
        least, most = node.get("minItems", 0), node.get("maxItems")
        if most is not None:
            return f"a list of {f'{least:,} to ' if least else 'at most '}{counted(most, 'item')}"
        return f"a list of at least {counted(least, 'item')}" if least else "a list"
    return None


def _range(least: float | None, most: float | None) -> str:
    return "" if least is None else f" of at least {least:,g}" if most is None else f" from {least:,} to {most:,}"
