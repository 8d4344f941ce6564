"""Tar archives of small files, whose bytes depend on names and contents alone.

Source: POSIX.1-2001, pax, ustar interchange format.
"""

import tarfile

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)


def head(name: str, n_bytes: int) -> bytes:
    """Return what precedes a file of some bytes, which `padding` must follow."""
    file = tarfile.TarInfo(name)  # dated 1970, without an owner
    file.size = n_bytes
    return file.tobuf(tarfile.USTAR_FORMAT)


def padding(n_bytes: int) -> bytes:
    """Return what follows a file of some bytes."""
    return bytes(-n_bytes % BLOCK)


def member(name: str, content: bytes) -> bytes:
    """Return a whole file."""
    return head(name, len(content)) + content + padding(len(content))
