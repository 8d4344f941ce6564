"""Bounded reading of JSON that others wrote: files, texts in files, and bodies.

Pydantic builds all items and all errors of a document or none, at over a kilobyte for an error. So a document is
bounded before it is parsed, by its size and by its brackets, braces and commas, which take no time to count.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from digitgan.contract import files

MOST_LISTED = 10  # errors in one message: a person corrects the first few
_LONGEST_NAME = 100  # characters of a field's name, which may fill the whole document


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


class BadDocument(ValueError):
    """A document is not JSON, or larger than any valid one; the message continues its name and says why."""


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
        raise BadDocument("is not a regular file")
    if n_bytes > shape.n_bytes:  # refused unread
        raise BadDocument(f"has {n_bytes:,} bytes; at most {shape.n_bytes:,} are allowed")
    with path.open("rb") as file:
        content = file.read(shape.n_bytes + 1)  # it may grow while it is read
    require_shape(content, **shape._asdict())
    return content


def read_json(path: Path, shape: Shape) -> Any:
    """Return the value in a JSON file that has at most this structure.

    Raises:
        BadDocument: it is not a regular file, has more structure, or is not JSON.
        OSError: it cannot be read.
    """
    return parse_json(read_bounded(path, shape))


def parse_json(text: bytes) -> Any:
    """Return the value of a JSON text; NaN and Infinity are not JSON, nor is nesting deeper than 200.

    Raises:
        BadDocument: it is not JSON.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise BadDocument(f"is not JSON: {error}") from None


def name_errors(error: ValidationError) -> str:
    """Return the first ten errors, each with its field, and how many there are if there are more."""
    n_errors = error.error_count()
    listed = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_LISTED]
    text = "; ".join(f"{_place(each['loc'])}{each['msg'].removeprefix('Value error, ')}" for each in listed)
    return text if n_errors <= MOST_LISTED else f"{text}; {n_errors:,} errors; the first {MOST_LISTED} are listed"


def _place(parts: tuple[int | str, ...]) -> str:
    if not parts:  # concerns several fields, which the message names
        return ""
    text = ".".join(map(str, parts))
    text = text if len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "\N{HORIZONTAL ELLIPSIS}"
    return f"{text if text.isprintable() else json.dumps(text)}: "
