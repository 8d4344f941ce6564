"""How a process of the command line starts: with three open streams, and quiet when Ctrl-C interrupts its imports."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from digitgan.cli import exits

_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


@contextmanager
def loading() -> Iterator[None]:
    """End the process at once on SIGINT while the block imports what a command needs.

    Nothing needs to be finished yet, and an exception in the middle of an import prints a traceback at best; at worst
    it is lost in a callback of the interpreter. Garbage is not collected meanwhile, since imports leave almost none.
    """
    is_collecting = gc.isenabled()
    gc.disable()
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell may have it ignored
    if is_default:
        end_at(signal.SIGINT, exits.INTERRUPTED)
    try:
        yield
    finally:
        if is_default:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if is_collecting:
            gc.enable()


def end_at(number: signal.Signals, status: int) -> None:
    """End this process with a status as soon as it receives a signal, without output or clean-up."""
    signal.signal(number, lambda *_: os._exit(status))


def open_streams() -> None:
    """Connect every standard stream that the parent process closed to the null device.

    Otherwise the next file or socket would get its number, and receive whatever a library writes to standard error.
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
