"""Knows where bytes of a command go, whole or not at all: standard output, a file, or a folder that they unpack into.

Does not know what the bytes are.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

STANDARD = Path("-")


class CannotWrite(Exception):
    """What was named to write to cannot be written to; the text says why."""


def refuse_impossible(target: Path, *, is_folder: bool) -> None:
    """Do nothing if a target can be written, as far as can be told before the work.

    Raises:
        CannotWrite: it cannot.
    """
    if target == STANDARD:
        if sys.stdout.isatty():
            raise CannotWrite("- is this terminal; send it to a file or a pipe")
        return
    if not target.parent.is_dir():
        raise CannotWrite(f"there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise CannotWrite(f"the folder {target.parent} cannot be written to")
    if is_folder:
        if target.exists() and not target.is_dir():
            raise CannotWrite(f"{target} is a file, not a folder")
        if target.exists() and any(target.iterdir()):
            raise CannotWrite(f"the folder {target} is not empty")
    elif target.is_dir():
        raise CannotWrite(f"{target} is a folder, not a file")


@contextmanager
def to_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the target's place when all is written, and leaves no trace if that fails."""
    if target == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = target.resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # a pipe or a device, which no file may replace
        with target.open("wb") as file:
            yield file
        return
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("xb") as file:
            yield file
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def to_folder(target: Path, unpack: Callable[[Path, Path], None]) -> Iterator[BinaryIO]:
    """Yield a file whose content becomes a folder when all is written; no trace is left if that fails.

    Args:
        target: the folder; not there yet, or empty.
        unpack: makes a folder's content from the file: (file, folder) -> None.
    """
    target = target.resolve()
    aside = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        with (aside / "packed").open("xb") as file:
            yield file
        (aside / "content").mkdir()
        unpack(aside / "packed", aside / "content")
        (aside / "content").replace(target)
    finally:
        shutil.rmtree(aside)
