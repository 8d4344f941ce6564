"""What can be learned about a file without reading it: its size, and whether it has changed."""

import stat
from pathlib import Path

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
