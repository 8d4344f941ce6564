"""What a command is doing, told in a line every ten seconds while no bar shows it."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from digitgan.cli.messages import print_note

INTERVAL_S = 10.0

_facts: dict[str, str] = {}  # what the next line tells, by subject
_is_shown = threading.Event()  # while a bar shows it


def is_first_process() -> bool:
    """Return whether this process is the only one, or will be the first of its team; the others print nothing."""
    return os.environ.get("RANK", "0") == "0"


def tell(subject: str, text: str) -> None:
    """Say what the command is doing, in place of an earlier text about the same subject; "" for nothing more."""
    if text:
        _facts[subject] = text
    else:
        _facts.pop(subject, None)


def summary() -> str:
    """Return all that was told."""
    return ", ".join(list(_facts.values()))


def conclude() -> str:
    """Return all that was told, and forget it."""
    text = summary()
    _facts.clear()
    return text


@contextmanager
def shown() -> Iterator[None]:
    """Print no lines during the block, because a bar shows the progress."""
    _is_shown.set()
    try:
        yield
    finally:
        _is_shown.clear()


@contextmanager
def told(command: str) -> Iterator[None]:
    """Print a line every ten seconds during the block: the command, the time since it began, and what was told."""
    if not is_first_process():
        yield
        return
    _facts.clear()
    is_over, began = threading.Event(), time.monotonic()

    def repeat() -> None:
        while not is_over.wait(INTERVAL_S):
            if not _is_shown.is_set():
                minutes, seconds = divmod(round(time.monotonic() - began), 60)
                print_note(", ".join(filter(None, [f"{command}, {minutes}:{seconds:02}", summary()])))

    teller = threading.Thread(target=repeat, daemon=True)
    teller.start()
    try:
        yield
    finally:
        is_over.set()
        teller.join()
        _facts.clear()
