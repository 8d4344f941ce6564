"""Checkpoint files, which are whole or absent.

The last two checkpoints of a run are kept.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch

from digitgan.contract.files import write_whole

from .errors import RunRefused

_KEPT = 2


def save(state: dict[str, Any], folder: Path, iteration: int) -> Path:
    """Write a checkpoint and remove all but the last two; return its path.

    A machine that stops at any moment leaves the old checkpoints intact, with or without the new one.
    """
    path = folder / f"{iteration:08d}.pt"
    write(state, path)
    for old in every(folder)[:-_KEPT]:
        old.unlink()
    return path


def write(state: dict[str, Any], path: Path) -> None:
    """Write a state, replacing the old file in one step.

    Raises:
        OSError: the file cannot be written, as on a full disk; the old one stays.
    """
    packed = io.BytesIO()  # torch reports a file that it cannot write as an error of its own
    torch.save(state, packed)
    write_whole(path, packed.getbuffer())


def latest(folder: Path) -> dict[str, Any] | None:
    """Return the newest readable state, or None if there is no checkpoint.

    Raises:
        RunRefused: there are checkpoints, but none is readable.
    """
    paths = every(folder)
    for path in reversed(paths):
        if state := read(path):
            return state
    if paths:
        raise RunRefused(f"{folder}: none of the checkpoints is readable: {', '.join(path.name for path in paths)}")
    return None


def read(path: Path) -> dict[str, Any] | None:
    """Return the state in a file, or None if it is missing, damaged or none that was written here."""
    try:
        with zipfile.ZipFile(path) as archive:
            if any(each.compress_type != zipfile.ZIP_STORED for each in archive.infolist()):
                return None  # torch stores without compression; a compressed file may unpack to any size
            if archive.testzip():  # torch does not verify the checksums that it writes
                return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # damage raises all kinds of errors in the archive's reader
        return None
    return state if isinstance(state, dict) and isinstance(state.get("iteration"), int) else None


def every(folder: Path) -> list[Path]:
    """Return the paths of all checkpoints, oldest first."""
    return sorted(folder.glob("*.pt"))
