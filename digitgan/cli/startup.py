"""How a process of the command line starts, before it loads anything: with three open streams and a quiet Ctrl-C.

This module imports only what the interpreter has loaded anyway.
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
    """Start a process, and end it at once at SIGINT (Ctrl-C) while the block loads what it needs.

    There is nothing to finish yet, and an exception in the middle of an import is a traceback at best; at worst it is
    lost in a callback of the interpreter.
    """
    _open_streams()
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell may have it ignored
    if is_default:
        end_at(signal.SIGINT, exits.INTERRUPTED)
    try:
        yield
    finally:
        if is_default:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def end_at(number: signal.Signals, status: int) -> None:
    """End this process with a status as soon as it gets a signal, silently and without cleaning up."""
    signal.signal(number, lambda *_: os._exit(status))


def _open_streams() -> None:
    """Open each standard stream that this process was started without, on the null device.

    Otherwise the next file or socket gets its number, and what a library writes to standard error ends up in there.
    """
    for descriptor, name in _STREAMS.items():
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
            os.set_inheritable(opened, True)
            stream = os.fdopen(opened, "r" if name == "stdin" else "w")
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
