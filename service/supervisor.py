"""Knows the worker processes behind one port: starts them, replaces those that die, passes on that it is time to end.

Does not know what they serve, and loads nothing of it: it stays small, and each worker starts from nothing.
"""

import multiprocessing
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from time import monotonic

from service import exits
from service.engine.errors import CannotServe
from service.listener import reserve
from service.settings import Settings

_FIRST_PAUSE_S = 0.1  # before the next try, after a worker ended before it was ready; doubled each time
_LONGEST_PAUSE_S = 5.0
_MOST_FAILURES = 5  # in a row while no other worker serves; more tries would only fill the log


@dataclass(eq=False, slots=True)
class _Worker:
    """A process, and the channel by which it says "" when it is ready, or why it cannot be."""

    process: SpawnProcess
    channel: Connection
    is_ready: bool = False


class Supervisor:
    """Keeps as many workers as the settings ask for, until it is told to stop by SIGTERM or SIGINT.

    Args:
        settings: where to listen, how many workers, and how they serve.
        say: tells a person one line.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._port = settings.port
        self._workers: list[_Worker] = []
        self._status: int | None = None  # to exit with; None while the workers are to be kept
        self._has_been_ready = False
        self._failures = 0
        self._next_start = 0.0  # not before this, on the monotonic clock

    def run(self) -> int:
        """Keep the workers, and return the exit status when all have ended: 0 as told, 130 interrupted, 3 gave up.

        Raises:
            CannotServe: the port is taken, or the address is none of this machine's.
        """
        host, port = self._settings.host, self._settings.port
        with ExitStack() as held:
            try:
                reserved = held.enter_context(reserve(host, port))
            except OSError as error:
                raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error
            self._port = reserved.getsockname()[1]
            woken, wakes = (held.enter_context(end) for end in socket.socketpair())
            wakes.setblocking(False)
            signal.set_wakeup_fd(wakes.fileno())  # so that a signal ends the wait below
            held.callback(signal.set_wakeup_fd, -1)
            for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, exits.INTERRUPTED)):
                signal.signal(number, lambda *_, status=status: self._stop(status))
            while self._status is None or self._workers:
                self._step(woken)
            return self._status

    def _step(self, woken: socket.socket) -> None:
        """Start what is missing, wait until something happens, and see to it."""
        missing = 0 if self._status is not None else self._settings.n_workers - len(self._workers)
        pause_s = self._next_start - monotonic()
        if missing and pause_s <= 0:
            self._workers += [self._start() for _ in range(missing)]
            missing = 0
        channels = [worker.channel for worker in self._workers if not worker.channel.closed]
        sentinels = [worker.process.sentinel for worker in self._workers]
        happened = wait([woken, *channels, *sentinels], pause_s if missing else None)
        if woken in happened:
            woken.recv(64)
        for worker in list(self._workers):
            if worker.channel in happened:
                self._hear(worker)
            if worker.process.sentinel in happened:
                self._bury(worker)
        if self._status is not None:
            for worker in self._workers:
                worker.process.terminate()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # a forked child would inherit half of what runs here
        hears, says = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(self._settings, self._port, says))
        process.start()
        says.close()
        return _Worker(process, hears)

    def _hear(self, worker: _Worker) -> None:
        """Take down what a worker says; it says one thing."""
        try:
            complaint = worker.channel.recv()
        except EOFError:  # died without a word
            complaint = None
        worker.channel.close()
        if complaint == "":
            worker.is_ready = True
            self._failures = 0
            if not self._has_been_ready and all(each.is_ready for each in self._workers):
                self._has_been_ready = True
                n, host = self._settings.n_workers, self._settings.host
                self._say(f"{n} workers running on http://{f'[{host}]' if ':' in host else host}:{self._port}")
        elif complaint and self._status is None:
            self._say(complaint)
            if not self._has_been_ready:  # it will not be better next time
                self._stop(exits.COULD_NOT_START)

    def _bury(self, worker: _Worker) -> None:
        """Let go of a worker that has ended, and say when its place may be filled."""
        worker.process.join()
        worker.channel.close()
        self._workers.remove(worker)
        if self._status is not None:
            return
        self._say(f"worker {worker.process.pid} ended with {_ending(worker.process.exitcode)}")
        if worker.is_ready:
            return
        self._failures += 1
        if self._failures >= _MOST_FAILURES and not any(each.is_ready for each in self._workers):
            self._say(f"gave up after {self._failures} workers that did not become ready")
            self._stop(exits.COULD_NOT_START)
        self._next_start = monotonic() + min(_FIRST_PAUSE_S * 2**self._failures, _LONGEST_PAUSE_S)

    def _stop(self, status: int) -> None:
        if self._status is None:
            self._status = status


def _ending(exitcode: int | None) -> str:
    return f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"status {exitcode}"


def _work(settings: Settings, port: int, channel: Connection) -> None:
    from service.server import work  # here, and not above: the supervisor itself must not load what it starts

    work(settings, port, channel)
