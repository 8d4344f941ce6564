"""Bounded reading of JSON that others wrote: files, texts in files, and bodies.

Pydantic builds all items and all errors of a document or none, at over a kilobyte for an error. So a document is
bounded before it is parsed, by its size and by its brackets, braces and commas, which take no time to count.
"""

import json
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from digitgan.contract import files

MOST_LISTED = 10  # errors in one message: a person corrects the first few
_NO_OBJECT = ("model_type", "dataclass_type", "dict_type")  # whose messages name the class
_LONGEST_NAME = 100  # characters of a field's name or value, which may fill the whole document

T = TypeVar("T")


class Shape(NamedTuple):
    """The most that a document may contain; each is at least what a valid one needs.

    Attributes:
        n_bytes: bytes.
        n_lists: opening brackets.
        n_objects: opening braces.
        n_items: commas.
    """

    n_bytes: int
    n_lists: int
    n_objects: int
    n_items: int


class Lines(NamedTuple, Generic[T]):
    """The lines of a file that are valid, and what is wrong with the others.

    Attributes:
        values: of the valid lines, in order.
        texts: the valid lines as they stand in the file, without line feeds.
        damage: for each other line, its number and what is wrong with it.
    """

    values: list[T]
    texts: list[bytes]
    damage: list[str]


class BadDocument(ValueError):
    """A document is not JSON, larger than any valid one, or invalid; the message follows its name and a colon."""


def require_shape(text: bytes, *, n_bytes: int, n_lists: int, n_objects: int, n_items: int) -> None:
    """Raise BadDocument if a document has more structure than any valid one, without parsing it.

    Brackets, braces and commas inside strings count as well, so the limits need some room.

    Args:
        text: the document.
        n_bytes: the most bytes.
        n_lists: the most opening brackets.
        n_objects: the most opening braces.
        n_items: the most commas.
    """
    if len(text) > n_bytes:
        raise BadDocument(f"has {len(text):,} bytes; at most {n_bytes:,} are allowed")
    for sign, most, name in ((b"[", n_lists, "lists"), (b"{", n_objects, "objects"), (b",", n_items, "items")):
        if (n := text.count(sign)) > most:
            raise BadDocument(f"has about {n:,} {name}; at most {most:,} are allowed")


def read_bounded(path: Path, shape: Shape) -> bytes:
    """Return the content of a file that has at most this structure.

    Raises:
        BadDocument: it is not a regular file, or has more structure.
        OSError: it cannot be read.
    """
    n_bytes = files.size(path)
    if n_bytes is None:
        raise BadDocument("not a regular file")
    if n_bytes > shape.n_bytes:  # refused unread
        raise BadDocument(f"has {n_bytes:,} bytes; at most {shape.n_bytes:,} are allowed")
    with path.open("rb") as file:
        content = file.read(shape.n_bytes + 1)  # it may grow while it is read
    require_shape(content, **shape._asdict())
    return content


def read_json(path: Path, kind: type[T] | TypeAdapter[T], shape: Shape) -> T:
    """Return the value in a JSON file that has at most this structure, as a type.

    Args:
        path: the file.
        kind: what the value must be, a class or an adapter of any other type.
        shape: bounds the time and memory of parsing, and how many errors there can be, of about a kilobyte each: one
            for an item, and for an object one for each field of its type.

    Raises:
        BadDocument: it is not a regular file, has more structure, is not JSON, or is not of this type; the message
            lists the first ten errors.
        OSError: it cannot be read.
    """
    return _as(parse_json(read_bounded(path, shape)), kind)


def read_text(text: bytes, kind: type[T], shape: Shape) -> T:
    """Return the value of a JSON text that has at most this structure, as a type; see `read_json`.

    Raises:
        BadDocument: it has more structure, is not JSON, or is not of this type.
    """
    require_shape(text, **shape._asdict())
    return _as(parse_json(text), kind)


def read_lines(path: Path, kind: type[T], shape: Shape) -> Lines[T]:
    """Return the values of a file with a JSON value on each line; a last line that was cut off is left out.

    NaN and Infinity are allowed, since Python writes them so. A line that is not JSON or not of this type does not
    spoil the others.

    Args:
        path: the file.
        kind: what each value must be.
        shape: of the whole file; see `read_json`.

    Raises:
        BadDocument: it is not a regular file, or has more structure.
        OSError: it cannot be read.
    """
    adapter = TypeAdapter(kind)
    lines: Lines[T] = Lines([], [], [])
    for number, line in enumerate(read_bounded(path, shape).split(b"\n")[:-1], 1):
        try:
            lines.values.append(_as(parse_json(line, allow_inf_nan=True), adapter))
            lines.texts.append(line)
        except BadDocument as error:
            lines.damage.append(f"line {number:,}: {error}")
    return lines


def parse_json(text: bytes, *, allow_inf_nan: bool = False) -> Any:
    """Return the value of a JSON text; nesting is at most 200 deep, integers have at most 4,300 digits.

    Args:
        text: JSON in UTF-8.
        allow_inf_nan: whether NaN and Infinity are allowed, which are not JSON.

    Raises:
        BadDocument: it is not JSON.
    """
    try:
        return from_json(text, allow_inf_nan=allow_inf_nan)
    except ValueError as error:
        raise BadDocument(f"not JSON: {error}") from None


def name_errors(error: ValidationError) -> str:
    """Return the first ten errors, each with its field, and how many there are if there are more.

    Pydantic builds all errors, at about a kilobyte each, before the first can be read. So the callers must bound their
    number, by the document's shape or by FailFast on every long list.
    """
    n_errors = error.error_count()
    listed = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_LISTED]
    text = "; ".join(f"{_place(each['loc'])}{_message(each)}" for each in listed)
    return text if n_errors <= MOST_LISTED else f"{text}; {n_errors:,} errors; the first {MOST_LISTED} are listed"


def shorten(text: str) -> str:
    """Return at most 100 characters of a text from a document."""
    return text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "\N{HORIZONTAL ELLIPSIS}"


def printable(text: str) -> str:
    """Return a text on one line, in which characters that cannot be printed are escaped, such as line breaks."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _as(value: Any, kind: type[T] | TypeAdapter[T]) -> T:
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise BadDocument(name_errors(error)) from None


def _message(error: ErrorDetails) -> str:
    return "must be an object" if error["type"] in _NO_OBJECT else error["msg"].removeprefix("Value error, ")


def _place(parts: tuple[int | str, ...]) -> str:
    if not parts:  # concerns several fields, which the message names
        return ""
    text = shorten("/".join(map(str, parts)))
    return f"{text if text.isprintable() else json.dumps(text)}: "
