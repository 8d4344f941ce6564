"""Knows what tells a file from the one that lay there before, without reading it. Does not know what files hold."""

from pathlib import Path

FileStamp = tuple[int, int, int] | None  # inode, size in bytes and time of change in nanoseconds; None for no file


def stamp(path: Path) -> FileStamp:
    """Return what becomes another when a file is replaced, written or removed."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns
