"""Files with one JSON object on each line, which grow while a command runs and survive whatever cuts it off."""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

from digitgan.cli.messages import print_note
from digitgan.contract.documents import BadDocument, Lines, Shape, read_lines
from digitgan.contract.words import counted

from .errors import RunRefused

T = TypeVar("T")


def append(path: Path, line: dict[str, Any]) -> None:
    """Append a line, and first end the line before it if that was cut off.

    Raises:
        OSError: the line cannot be written, as on a full disk; the file stays as it was.
    """
    text = memoryview(json.dumps(line).encode() + b"\n")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    text = memoryview(b"\n" + text)
            try:
                while text:
                    text = text[file.write(text) :]
            except OSError:
                file.truncate(size)
                raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def read(path: Path, kind: type[T], shape: Shape) -> Lines[T]:
    """Return the lines of a file; damaged ones are left out, and named on stderr. A missing file has no lines.

    Args:
        path: the file.
        kind: what each line must be.
        shape: the most that the file may contain.

    Raises:
        RunRefused: it is not a regular file, or larger than any valid one.
    """
    if not path.exists():
        return Lines([], [], [])
    try:
        lines = read_lines(path, kind, shape)
    except BadDocument as error:
        raise RunRefused(f"{path}: {error}") from error
    if lines.damage:
        more = f", and {counted(len(lines.damage) - 1, 'more line')}" if lines.damage[1:] else ""
        print_note(f"{path}: damaged lines are left out: {lines.damage[0]}{more}")
    return lines
