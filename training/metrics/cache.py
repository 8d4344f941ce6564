"""Results that take minutes and stay the same, kept in files of arrays.

A file that is damaged or cannot be written costs those minutes again, and nothing else.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pooch

from digitgan.cli.messages import print_note
from digitgan.contract.files import write_whole

T = TypeVar("T")

_DAMAGES = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)  # that numpy raises for its files


def references_folder() -> Path:
    """Return the folder in the user's cache for what real images score."""
    return Path(pooch.os_cache("digitgan")) / "references"


def kept(
    path: Path,
    make: Callable[[], T],
    *,
    arrays: Callable[[T], Mapping[str, Any]],
    parse: Callable[[Mapping[str, Any]], T],
    subject: str,
) -> T:
    """Return the result in a file, or make it and keep it there.

    Args:
        path: of the file, whose name must depend on all that the result depends on.
        make: what takes minutes.
        arrays: returns the arrays that hold a result, by name.
        parse: returns the result in such arrays; may raise KeyError or ValueError.
        subject: of the note that the result is not kept.
    """
    try:
        with path.open("rb") as file, np.load(file) as archive:  # numpy leaves a file open that it has opened itself
            return parse(archive)
    except FileNotFoundError:
        pass
    except _DAMAGES as error:
        print_note(f"{path}: cannot be read ({error}); it is made again, which takes minutes")
    made = make()
    packed = io.BytesIO()
    np.savez(packed, **arrays(made))
    try:
        write_whole(path, packed.getbuffer())
    except OSError as error:
        print_note(f"{path}: cannot be written ({error.strerror}); {subject} is not kept")
    return made
