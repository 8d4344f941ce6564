"""A lock on a folder, so that two commands never write into one run; it ends with its process, however that ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from digitgan.cli.program import program

from .errors import RunRefused

LOCK_FILE = "lock"


@contextmanager
def locked(folder: Path, option: str) -> Iterator[None]:
    """Hold a folder for this process during the block; the file ``lock`` in it names the holder.

    Windows, and file systems without locks, hold nothing.

    Args:
        folder: is made if it is missing.
        option: names another folder on the command line.

    Raises:
        RunRefused: another process holds the folder; the message names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        yield
        return
    import fcntl  # only POSIX has it

    with (folder / LOCK_FILE).open("ab+", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(1000).decode(errors="replace").strip() or "another process"
            raise RunRefused(
                f"{folder}: {holder} is using this folder; wait until it ends, or name another folder with {option}"
            ) from None
        except OSError:  # a network's file system may lack locks
            pass
        else:
            with suppress(OSError):  # a full disk will be reported by what matters
                file.truncate(0)
                file.write(_self().encode())
        yield


def _self() -> str:
    since = datetime.now(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    return f"process {os.getpid()} ({' '.join([program(), *sys.argv[1:]])}, since {since} UTC)\n"
