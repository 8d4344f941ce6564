"""Knows the file of key records: read whole, written whole, never seen half.

Does not know who presents a key, or when the file is read.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitgan.contract import files
from service.access.keys import KeyRecord, make_key

_MOST_BYTES = 32 * 2**20  # of the most keys with the longest names


class KeysUnusable(Exception):
    """The file of keys is not there, not readable, or not one; the text names it and says why."""


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[KeyRecord, ...] = Field(max_length=100_000)


def read_keys(path: Path) -> tuple[KeyRecord, ...]:
    """Return the records of a file.

    Raises:
        KeysUnusable: it is not there, not readable, or something else.
    """
    try:
        n_bytes = files.size(path)
        if n_bytes is None:
            raise KeysUnusable(f"the keys file {path} is no file")
        if n_bytes > _MOST_BYTES:
            raise KeysUnusable(f"the keys file {path} is not one: it has more than {_MOST_BYTES} bytes")
        return _Content.model_validate_json(path.read_bytes()).keys
    except OSError as error:
        raise KeysUnusable(f"the keys file {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, fault["loc"]))
        raise KeysUnusable(f"the keys file {path} is not one: {place or 'the whole'}: {fault['msg']}") from error


def add_key(path: Path, name: str) -> str:
    """Make a key, keep its record in a file that is made if it is not there, and return the key.

    Raises:
        KeysUnusable: the name is none that a key can have; the file is no file of keys, cannot be written, or has a key
            of this name.
    """
    try:
        key, record = make_key(name)
    except ValidationError as error:
        allowed = "1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first"
        raise KeysUnusable(f"a key's name is {allowed}, not {name!r}") from error
    records = read_keys(path) if path.exists() else ()
    if any(each.name == name for each in records):
        raise KeysUnusable(f"the keys file {path} has a key {name!r} already; remove it, or choose another name")
    _write(path, [*records, record])
    return key


def remove_key(path: Path, name: str) -> None:
    """Let a key open nothing any more.

    Raises:
        KeysUnusable: the file is no file of keys, cannot be written, or has no key of this name.
    """
    records = read_keys(path)
    rest = [each for each in records if each.name != name]
    if len(rest) == len(records):
        there_are = ", ".join(each.name for each in records) or "none"
        raise KeysUnusable(f"the keys file {path} has no key {name!r}; there is {there_are}")
    _write(path, rest)


def _write(path: Path, records: Sequence[KeyRecord]) -> None:
    """Replace a file as a whole, readable by its owner alone from its first byte on."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_Content(keys=tuple(records)).model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise KeysUnusable(f"the keys file {path} cannot be written: {error.strerror}") from error
