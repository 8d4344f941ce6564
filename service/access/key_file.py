"""The file of key records, which is always read and replaced as a whole."""

import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError

from digitgan.contract.documents import BadDocument, Shape, read_json

from .keys import KeyRecord, make_key

_MOST_KEYS = 100_000
# Enough for the most keys with the longest names.
_SHAPE = Shape(n_bytes=32 * 2**20, n_lists=1, n_objects=_MOST_KEYS + 1, n_items=4 * _MOST_KEYS)


class KeysUnusable(Exception):
    """The file of keys is missing, unreadable or invalid; the text names it and says why."""


class KeysUnreadable(KeysUnusable):
    """The file of keys is missing, or could not be read now; its content is unknown."""


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    # Only the first invalid key is named: the errors of all could take gigabytes.
    keys: Annotated[tuple[KeyRecord, ...], FailFast()] = Field(max_length=_MOST_KEYS)


def read_keys(path: Path) -> tuple[KeyRecord, ...]:
    """Return the records of a file.

    Raises:
        KeysUnreadable: the file is missing, or could not be read now.
        KeysUnusable: the file is invalid.
    """
    try:
        return read_json(path, _Content, _SHAPE).keys
    except OSError as error:
        raise KeysUnreadable(f"the keys file {path} cannot be read: {error.strerror}") from error
    except BadDocument as error:
        raise KeysUnusable(f"the keys file {path} is invalid: {error}") from error


def add_key(path: Path, name: str) -> str:
    """Make a key, add its record to a file, which is created if it does not exist, and return the key.

    Raises:
        KeysUnusable: the name is invalid or taken, or the file is invalid or not writable.
    """
    try:
        key, record = make_key(name)
    except ValidationError as error:
        allowed = "1 to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit"
        raise KeysUnusable(f"invalid key name {name!r}: use {allowed}") from error
    records = read_keys(path) if path.exists() else ()
    if any(each.name == name for each in records):
        raise KeysUnusable(f"the keys file {path} already has a key {name!r}; remove it or choose another name")
    _write(path, [*records, record])
    return key


def remove_key(path: Path, name: str) -> None:
    """Revoke a key.

    Raises:
        KeysUnusable: the file is invalid or not writable, or has no key of this name.
    """
    records = read_keys(path)
    rest = [each for each in records if each.name != name]
    if len(rest) == len(records):
        names = ", ".join(each.name for each in records) or "none"
        raise KeysUnusable(f"the keys file {path} has no key {name!r}; existing keys: {names}")
    _write(path, rest)


def _write(path: Path, records: Sequence[KeyRecord]) -> None:
    """Replace a file by one rename; it keeps its owner and mode, and only the owner of a new file can read it."""
    target = path.resolve()  # a link stays one
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _copy_access(target, descriptor)
            file.write(_Content(keys=tuple(records)).model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise KeysUnusable(f"the keys file {path} cannot be written: {error.strerror}") from error


def _copy_access(target: Path, descriptor: int) -> None:
    """Give an open file the owner and the mode of the file that it will replace, if there is one.

    Raises:
        OSError: this user may not; the service might then be unable to read the keys.
    """
    try:
        state = target.stat()
    except FileNotFoundError:
        return
    own = os.fstat(descriptor)
    if (state.st_uid, state.st_gid) != (own.st_uid, own.st_gid):
        os.fchown(descriptor, state.st_uid, state.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(state.st_mode))
