"""Knows how a process of the command line begins, before anything is loaded: with three streams, and a quiet Ctrl-C.

Does not know what is loaded then; it loads nothing itself but what the interpreter has anyway.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from digitgan.cli import exits

_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


@contextmanager
def loading() -> Iterator[None]:
    """Begin a process, and end it at once at Ctrl-C, or SIGINT, while the block loads what it needs.

    There is nothing to be finished yet; and an exception in the midst of an import is a traceback at best, and at worst
    lost in a callback of the interpreter's.
    """
    _open_streams()
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell may have it ignored
    if is_heard:
        end_at(signal.SIGINT, exits.INTERRUPTED)
    try:
        yield
    finally:
        if is_heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def end_at(number: signal.Signals, status: int) -> None:
    """End this process with a status as soon as it gets a signal, without a word and without a clean-up."""
    signal.signal(number, lambda *_: os._exit(status))


def _open_streams() -> None:
    """Let what was closed by whoever started this process lead nowhere.

    Otherwise the next file or socket gets the number, and whatever a library writes to "its" standard error goes there.
    """
    for descriptor, name in _STREAMS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(opened, True)
            stream = os.fdopen(opened, "r" if name == "stdin" else "w")
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
