"""How a process of the command line starts: with three open streams, and quiet when Ctrl-C interrupts its imports."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from digitgan.cli import exits

_statuses: dict[int, int] = {}  # of the signals that end this process
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
    _statuses[number] = status
    signal.signal(number, lambda *_: os._exit(status))


def prepare_service() -> None:
    """End this process in order at a signal from now until a service handles signals itself, and keep it small.

    While the service loads, no request can be in progress, and it loads the newest models anyway. The first process of
    a container is not even told of a signal that it does not handle.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's; threads of no use here, which no fork would have
    end_at(signal.SIGTERM, 0)
    end_at(signal.SIGINT, exits.INTERRUPTED)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def ending_during_calls() -> Iterator[None]:
    """Let the signals of `end_at` end this process even in a call that does not return; for the main thread only.

    Python calls a handler only between two steps of the main thread, and the load of a model is one step.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_end_at_signals, args=(reader,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous)
        os.close(writer)
        watcher.join()
        os.close(reader)


def _end_at_signals(reader: int) -> None:
    while numbers := os.read(reader, 64):
        for number in numbers:
            if number in _statuses:
                os._exit(_statuses[number])


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
