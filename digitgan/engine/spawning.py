"""Starting processes that a terminal's signals must not end, since the process that starts them decides about them."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

TERMINAL_SIGNALS = frozenset({signal.SIGINT, signal.SIGHUP})  # which a terminal sends to all processes at once


@contextmanager
def terminal_signals_blocked(*, spawns: bool = True) -> Iterator[None]:
    """Block a terminal's signals in this thread while the block starts processes, which inherit that.

    Args:
        spawns: whether the processes are spawned, for which multiprocessing needs another process, rather than forked.
    """
    if spawns:
        resource_tracker.ensure_running()  # starting it unblocks interrupts, so it comes first
    with signals_blocked(TERMINAL_SIGNALS):
        yield


@contextmanager
def signals_blocked(numbers: Iterable[signal.Signals]) -> Iterator[None]:
    """Block signals in this thread while the block runs; processes that start in it inherit that."""
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
