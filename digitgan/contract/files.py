"""A file's size, whether it has changed, and its content if that is what a card describes."""

import hashlib
import stat
from pathlib import Path

from digitgan.contract.errors import ModelRefused

FileStamp = tuple[int, int, int] | None  # inode, size in bytes and modification time in nanoseconds; None for no file


def stamp(path: Path) -> FileStamp:
    """Return a value that changes when the file is replaced, written or removed."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def size(path: Path) -> int | None:
    """Return the size of a file in bytes, or None unless it is a regular file.

    Callers must not read anything else: reading a pipe may block, and a device may never end.

    Raises:
        OSError: the path does not exist or is not accessible.
    """
    state = path.stat()
    return state.st_size if stat.S_ISREG(state.st_mode) else None


def read_verified(path: Path, n_bytes: int, sha256: str) -> bytes:
    """Return the content of a file that a card describes; a file of another size is not read.

    Raises:
        ModelRefused: the file is missing, not a regular file, or has another size or sha256.
    """
    try:
        found = size(path)
        if found is None:
            raise ModelRefused(f"{path}: not a regular file")
        if found != n_bytes:
            raise ModelRefused(f"{path}: {found:,} bytes, but its card says {n_bytes:,}")
        content = path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ModelRefused(f"{path}: sha256 {digest}, but its card says {sha256}")
    return content
