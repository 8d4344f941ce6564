"""Knows what can be told of a file without reading it: whether it is one, its size, and whether it is still the same.

Does not know what files hold.
"""

import stat
from pathlib import Path

FileStamp = tuple[int, int, int] | None  # inode, size in bytes and time of change in nanoseconds; None for no file


def stamp(path: Path) -> FileStamp:
    """Return what becomes another when a file is replaced, written or removed."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def size(path: Path) -> int | None:
    """Return the bytes of a file; None for what is none: reading a pipe would wait, and a device might never end.

    Raises:
        OSError: there is nothing, or nothing that may be looked at.
    """
    state = path.stat()
    return state.st_size if stat.S_ISREG(state.st_mode) else None
