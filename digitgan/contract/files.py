"""Files: their size, whether they have changed, content as a card describes it, and replacing one in one step."""

import errno
import hashlib
import os
import stat
from itertools import count
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


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file, which replaces an older one in one step, whenever the process or the machine stops.

    Missing folders are made. If writing fails, the older file stays and nothing is left beside it.

    Raises:
        OSError: the file cannot be written, as on a full disk; it names the path.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # not the name beside it


def set_aside(path: Path) -> Path:
    """Copy a damaged file to the first free name beside it, ``NAME.damaged-N``, and return the copy's path.

    Raises:
        OSError: the copy cannot be written, or this is not a regular file.
    """
    if size(path) is None:
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    copy = next(name for name in names if not name.exists())
    write_whole(copy, path.read_bytes())
    return copy


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


def _sync_folder(folder: Path) -> None:
    """Make a rename durable where a folder can be opened for syncing, which excludes Windows."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
