"""Where a command writes its output: to standard output, a file, or a folder.

A file or folder appears only when it is complete.
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
    """A target is not writable; the text names it and says why."""


def check_target(target: Path, *, is_folder: bool) -> None:
    """Raise CannotWrite if a target is clearly not writable, so that no work is done in vain."""
    if target == STANDARD:
        if sys.stdout.isatty():
            raise CannotWrite("standard output is a terminal; redirect it to a file or a pipe")
        return
    if not target.parent.is_dir():
        raise CannotWrite(f"the folder {target.parent} does not exist")
    if not os.access(target.parent, os.W_OK):
        raise CannotWrite(f"the folder {target.parent} is not writable")
    if is_folder:
        if target.exists() and not target.is_dir():
            raise CannotWrite(f"{target} is a file, not a folder")
        if target.exists() and any(target.iterdir()):
            raise CannotWrite(f"the folder {target} is not empty")
    elif target.is_dir():
        raise CannotWrite(f"{target} is a folder, not a file")


@contextmanager
def to_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a file that replaces the target when the block ends, and is removed if the block fails."""
    if target == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = target.resolve()  # replaces the file that a link points at, not the link
    if target.exists() and not target.is_file():  # a pipe or a device must not be replaced
        with target.open("wb") as file:
            yield file
        return
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with _named(target):
        file = aside.open("xb")
    try:
        with file:
            yield file
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def to_folder(target: Path, unpack: Callable[[Path, Path], None]) -> Iterator[BinaryIO]:
    """Yield a file that is unpacked into a folder when the block ends, and is removed if the block fails.

    Args:
        target: the folder; missing or empty.
        unpack: makes a folder's content from the file: (file, folder) -> None.
    """
    target = target.resolve()
    with _named(target):
        aside = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        with (aside / "packed").open("xb") as file:
            yield file
        (aside / "content").mkdir()
        unpack(aside / "packed", aside / "content")
        (aside / "content").replace(target)
    finally:
        shutil.rmtree(aside)


@contextmanager
def _named(target: Path) -> Iterator[None]:
    """Name the target in an OSError, and not what is made beside it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
