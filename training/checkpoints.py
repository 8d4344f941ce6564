"""Knows how a state reaches the disk whole and comes back: written aside, synced, renamed, the last two kept.

Does not know what is in a state.
"""

import os
import zipfile
from pathlib import Path
from typing import Any

import torch

from training.errors import RunRefused

_KEPT = 2


def save(state: dict[str, Any], folder: Path, iteration: int) -> Path:
    """Write a checkpoint and remove all but the last two; return its path.

    A machine that stops at any moment leaves the checkpoints that were there, or these and the new one.
    """
    path = folder / f"{iteration:08d}.pt"
    write(state, path)
    for old in every(folder)[:-_KEPT]:
        old.unlink()
    return path


def write(state: dict[str, Any], path: Path) -> None:
    """Write a state whole, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    _sync_folder(path.parent)


def latest(folder: Path) -> dict[str, Any] | None:
    """Return the newest state that can be read, or None where there is no checkpoint.

    Raises:
        RunRefused: there are checkpoints, and none can be read.
    """
    paths = every(folder)
    for path in reversed(paths):
        if state := read(path):
            return state
    if paths:
        raise RunRefused(f"{folder}: none of {', '.join(path.name for path in paths)} can be read")
    return None


def read(path: Path) -> dict[str, Any] | None:
    """Return the state of a file, or None where there is none that can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip():  # torch does not look at the checksums that it writes
                return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # damage may look like anything to those who read an archive
        return None
    return state


def every(folder: Path) -> list[Path]:
    """Return the checkpoints, oldest first."""
    return sorted(folder.glob("*.pt"))


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where folders can be opened for it (not on Windows)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
