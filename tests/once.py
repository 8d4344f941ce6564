"""Folders that a whole test run makes once, whichever of its processes needs them first."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that all processes of this test run share, and that the first of them makes.

    Nothing may be written to it afterwards. It may move after it was made, so it must not contain its own path.
    """
    base = temporary.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the folders of the processes are side by side
    folder, aside = base / name, base / f"{name}.incomplete"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not folder.exists():
            shutil.rmtree(aside, ignore_errors=True)  # of a process that failed
            make(aside)
            aside.rename(folder)
    return folder
