"""Writes lines in a thread, so that a log that nobody reads never holds up a request."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from select import select

_MAX_WAITING = 4 * 2**20  # characters; lines beyond are counted and left out
_MAX_BATCH = 1000  # lines in one piece


class LineWriter:
    """Writes to a descriptor all lines that are put, in order, for as long as the process runs.

    Args:
        descriptor: where to write; it need not be blocking.
        describe_lost: returns the line that says how many lines were lost.
        max_waiting: characters that may wait to be written; what is put beyond is lost, and a line says how much.
    """

    def __init__(self, descriptor: int, describe_lost: Callable[[int], str], max_waiting: int = _MAX_WAITING) -> None:
        self._describe_lost = describe_lost
        self._descriptor = descriptor
        self._max_waiting = max_waiting
        self._queue: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._lock = threading.Lock()
        self._n_waiting = 0
        self._n_lost = 0
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def put(self, line: str) -> None:
        """Write a line soon, unless too much waits already; returns at once."""
        with self._lock:
            if self._n_waiting + len(line) > self._max_waiting:
                self._n_lost += 1
                return
            self._n_waiting += len(line)
        self._queue.put(line)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all lines so far are written, at most so many seconds, and return whether they are."""
        reached = threading.Event()
        self._queue.put(reached)
        return reached.wait(timeout_s)

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            with suppress(Empty):
                while len(batch) < _MAX_BATCH:
                    batch.append(self._queue.get_nowait())
            lines = [each for each in batch if isinstance(each, str)]
            if lines:
                self._write("".join(f"{line}\n" for line in lines))
                with self._lock:
                    self._n_waiting -= sum(map(len, lines))
            with self._lock:
                n_lost, self._n_lost = self._n_lost, 0
            if n_lost:
                self._write(f"{self._describe_lost(n_lost)}\n")
            for each in batch:
                if isinstance(each, threading.Event):
                    each.set()

    def _write(self, text: str) -> None:
        left = memoryview(text.encode(errors="backslashreplace"))
        with suppress(
            OSError, ValueError
        ):  # the reader is gone or its disk is full, which is no reason to stop serving
            while left:
                try:
                    left = left[os.write(self._descriptor, left) :]
                except BlockingIOError:
                    select([], [self._descriptor], [])
