"""What is wrong with a request, in the service's own words: each error points at its field and says what is allowed."""

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError

from .problems import ProblemError

MOST_LISTED = 10  # errors in one answer: a person corrects the first few, and a wrong list of seeds has thousands
_LONGEST_VALUE = 40  # characters of a value in a message
_LONGEST_NAME = 100  # characters of the name of a field that does not exist
_SIMILAR = 0.75  # of 1: names at least this similar are probably misspellings

Schema = dict[str, Any]
Place = Sequence[str | int]  # names and positions from the body inwards

_NUMBERS = {"integer": "an integer", "number": "a finite number"}
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
    "string_type": "text",
}


class NotJson(Exception):
    """A body is not JSON; the text says where it stops being JSON."""


class InvalidRequest(Exception):
    """A request is not what its operation takes.

    Args:
        errors: the first errors, at least one.
        n_errors: how many there are.
    """

    def __init__(self, errors: list[ProblemError], n_errors: int) -> None:
        first, others = errors[0], ""
        if n_errors > len(errors):
            others = f"; {n_errors:,} errors; the first {len(errors):,} are listed"
        super().__init__(f"{first.pointer or 'body'}: {first.message}{others}")
        self.errors = errors


def invalid_body(error: ValidationError, model: type[BaseModel]) -> InvalidRequest | NotJson:
    """Return what is wrong with a body; its shape and lists that fail fast bound how many errors there are.

    Args:
        error: why it does not fit its model.
        model: the body's model.
    """
    n_errors = error.error_count()
    errors = error.errors(include_url=False)
    if errors[0]["type"] == "json_invalid":
        return NotJson(f"the body is not JSON: {errors[0]['ctx']['error']}")
    return InvalidRequest([_describe(each, each["loc"], model) for each in errors[:MOST_LISTED]], n_errors)


def invalid_parameters(errors: Sequence[Mapping[str, Any]], endpoint: Callable[..., Any]) -> InvalidRequest:
    """Return what is wrong with an address.

    Args:
        errors: pydantic's errors, each with "path" or "query" before its place.
        endpoint: the function that takes the parameters; those of the query are fields of one model.
    """
    models = [
        hint for hint in get_type_hints(endpoint).values() if isinstance(hint, type) and issubclass(hint, BaseModel)
    ]
    query = next(iter(models), None)
    described = [
        _describe(each, each["loc"][1:], query if each["loc"][0] == "query" else None, term="parameter")
        for each in errors[:MOST_LISTED]
    ]
    return InvalidRequest(described, len(errors))


def allowed(model: type[BaseModel], place: Place) -> str | None:
    """Return what a schema allows at a place, such as a range or a length; None if it does not say."""
    texts = [text for node in _nodes(model, place) if (text := _in_words(node))]
    return " or ".join(texts) or None


def unknown_field(name: str, fields: Iterable[str], term: str = "field") -> str:
    """Return the message about a field that does not exist, with the most similar one, or else all that exist."""
    names = list(fields)
    similar = difflib.get_close_matches(name, names, n=1, cutoff=_SIMILAR) if len(name) <= _LONGEST_NAME else []
    hint = f"did you mean {similar[0]!r}?" if similar else f"available {term}s: {', '.join(names)}"
    return f"no {term} {_shortened(name, _LONGEST_NAME)!r}; {hint}"


def pointer(place: Place) -> str:
    """Return a place as a JSON pointer (RFC 6901); long names are shortened, since an answer must not repeat a body."""
    names = (_shortened(str(part), _LONGEST_NAME) for part in place)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _describe(
    error: Mapping[str, Any], place: Place, model: type[BaseModel] | None, term: str = "field"
) -> ProblemError:
    return ProblemError(pointer=pointer(place), message=_message(error, place, model, term))


def _message(error: Mapping[str, Any], place: Place, model: type[BaseModel] | None, term: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return f"this {term} is required"
    if kind == "extra_forbidden" and model is not None:
        fields = [name for node in _nodes(model, place[:-1]) for name in node.get("properties", ())]
        return unknown_field(str(place[-1]), fields, term)
    required = allowed(model, place) if model is not None else None
    if required is None and kind in _ALLOWED:
        required = _ALLOWED[kind].format(**context)
    return f"must be {required}, not {_value(error['input'])}" if required else f"must not be {_value(error['input'])}"


def _value(value: Any) -> str:
    """Return a short text for a value of a request, as JSON has it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, str):
        value = value[:_LONGEST_VALUE]
    return _shortened(repr(value), _LONGEST_VALUE)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "\N{HORIZONTAL ELLIPSIS}"


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
    if kind in _NUMBERS:
        step = f" in steps of {node['multipleOf']}" if "multipleOf" in node else ""
        return f"{_NUMBERS[kind]}{_range(node.get('minimum'), node.get('maximum'))}{step}"
    if kind == "array":
        return f"a list of {node.get('minItems', 0)}{_up_to(node.get('maxItems'))}"
    return None


def _range(least: float | None, most: float | None) -> str:
    return "" if least is None else f" from {least:,g}" if most is None else f" from {least:,} to {most:,}"


def _up_to(most: int | None) -> str:
    return " or more" if most is None else f" to {most:,}"
