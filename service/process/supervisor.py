"""Knows the worker processes behind one port: starts them, replaces those that die, passes on what it is told.

Does not know what they serve, and loads nothing of it: it stays small, and each worker starts from nothing.
"""

import math
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from time import monotonic

from digitgan.cli import exits
from service.process.listener import reserve
from service.process.turns import Turn, places, vacate
from service.settings import Settings

_FIRST_PAUSE_S = 0.1  # before the next try, after a worker ended before it was ready; doubled each time
_LONGEST_PAUSE_S = 5.0
_SLACK_S = 5.0  # for a worker to end after its grace, before it is killed
_MOST_DOUBLINGS = 10  # of that pause, to be far beyond the longest; failures may go on for days
_MOST_FAILURES = 5  # in a row while no other worker serves; more tries would only fill the log


@dataclass(eq=False, slots=True)
class _Worker:
    """A process, and the channel by which it says "" when it is ready, or why it cannot be."""

    process: SpawnProcess
    channel: Connection
    place: int
    is_ready: bool = False
    must_reload: bool = False
    n_told: int = 0  # how often it was told to end


class Supervisor:
    """Keeps as many workers as the settings ask for, until it is told to stop by SIGTERM or SIGINT.

    A worker that is told by SIGTERM drains first. SIGINT, or anything after the first signal, skips that.

    Args:
        settings: where to listen, how many workers, and how they serve.
        say: tells a person one line.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._port = settings.port
        self._listener: socket.socket
        self._places = places(settings.n_workers)
        self._workers: list[_Worker] = []
        self._status: int | None = None  # to exit with; None while the workers are to be kept
        self._n_told = 0  # how often it was told to stop
        self._kill_at = math.inf  # workers that have not ended by then, on the monotonic clock
        self._has_been_ready = False
        self._failures = 0
        self._next_start = 0.0  # not before this, on the monotonic clock

    def run(self) -> int:
        """Keep the workers, and return the exit status when all have ended: 0 as told, 130 interrupted, 3 gave up.

        Raises:
            CannotServe: a port is taken, or the address is none of this machine's.
        """
        host, port = self._settings.host, self._settings.port
        with ExitStack() as held:
            self._listener = held.enter_context(reserve(host, port))
            self._port = self._listener.getsockname()[1]
            if self._settings.admin_port:
                held.enter_context(reserve(host, self._settings.admin_port))
            woken, wakes = (held.enter_context(end) for end in socket.socketpair())
            wakes.setblocking(False)
            signal.set_wakeup_fd(wakes.fileno())  # so that a signal ends the wait below
            held.callback(signal.set_wakeup_fd, -1)
            for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, exits.INTERRUPTED)):
                signal.signal(number, lambda *_, status=status: self._stop(status))
            signal.signal(signal.SIGHUP, lambda *_: self._reload())
            held.callback(self._end_the_rest)
            while self._status is None or self._workers:
                self._step(woken)
            return self._status

    def _step(self, woken: socket.socket) -> None:
        """Start what is missing, pass on what is to be, wait until something happens, and see to it."""
        if self._status is not None:
            self._listener.close()  # so that nobody waits on it when the last worker has closed it
        elif monotonic() >= self._next_start:
            self._fill()
        if monotonic() >= self._kill_at:
            self._kill()
        for worker in self._workers:
            self._pass_on(worker)
        channels = [worker.channel for worker in self._workers if not worker.channel.closed]
        sentinels = [worker.process.sentinel for worker in self._workers]
        wakes_at = min(self._next_start if self._is_lacking else math.inf, self._kill_at)
        patience_s = None if wakes_at == math.inf else max(0, wakes_at - monotonic())
        happened = wait([woken, *channels, *sentinels], patience_s)
        if woken in happened:
            woken.recv(64)
        for worker in list(self._workers):
            if worker.channel in happened:
                self._hear(worker)
            if worker.process.sentinel in happened:
                self._bury(worker)

    def _pass_on(self, worker: _Worker) -> None:
        """Tell a worker what it has not been told yet."""
        if worker.n_told < self._n_told:
            worker.n_told = self._n_told
            # One that still loads has no request to finish, and ends by SIGTERM at once.
            _send(worker, signal.SIGTERM if self._is_draining or not worker.is_ready else signal.SIGINT)
        elif worker.must_reload and worker.is_ready:
            worker.must_reload = False
            _send(worker, signal.SIGHUP)

    def _kill(self) -> None:
        """End the workers that have not ended in time."""
        self._kill_at = math.inf
        for worker in self._workers:
            self._say(f"worker {worker.process.pid} has not ended in time and is killed")
            worker.process.kill()

    def _fill(self) -> None:
        """Start workers until there are enough; a signal may end that, or the system have no room for one more."""
        while self._is_lacking:
            try:
                self._workers.append(self._start())
            except OSError as error:
                self._say(f"a worker cannot be started: {error.strerror}")
                self._fail()
                return

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # a forked child would inherit half of what runs here
        hears, says = context.Pipe(duplex=False)
        place = min(set(range(self._settings.n_workers)) - {each.place for each in self._workers})
        turn = Turn(self._listener, self._places, place)
        process = context.Process(target=_work, args=(self._settings, turn, says, not self._has_been_ready))
        resource_tracker.ensure_running()  # which would let interrupts through again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        says.close()
        return _Worker(process, hears, place)

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
            if self._has_been_ready:
                self._say(f"worker {worker.process.pid} is ready in another's place")
            elif all(each.is_ready for each in self._workers):
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
        vacate(self._places, worker.place)
        if self._status is not None:
            return
        self._say(f"worker {worker.process.pid} ended with {_ending(worker.process.exitcode)}")
        if not worker.is_ready:
            self._fail()

    def _fail(self) -> None:
        """Note that a worker did not become ready, and when to try again."""
        self._failures += 1
        if self._failures >= _MOST_FAILURES and not any(each.is_ready for each in self._workers):
            self._say(f"gave up after {self._failures} workers that did not become ready")
            self._stop(exits.COULD_NOT_START)
        self._next_start = monotonic() + pause_s(self._failures)

    def _end_the_rest(self) -> None:
        """Leave no worker behind if this process fails: it would be waited for, and nobody would replace it."""
        for worker in self._workers:
            worker.process.terminate()

    @property
    def _is_lacking(self) -> bool:
        return self._status is None and len(self._workers) < self._settings.n_workers

    @property
    def _is_draining(self) -> bool:
        return self._status == 0 and self._n_told == 1

    def _stop(self, status: int) -> None:
        """Note that all is to end; a signal may come while a worker is started, so this closes nothing."""
        if self._status is None:
            self._status = status
        self._n_told += 1
        patience_s = self._settings.grace_s + _SLACK_S + (self._settings.drain_s if self._is_draining else 0)
        self._kill_at = min(self._kill_at, monotonic() + patience_s)

    def _reload(self) -> None:
        for worker in self._workers:
            worker.must_reload = True


def pause_s(n_failures: int) -> float:
    """Return the seconds until the next try, after some failures in a row, at least 1."""
    return min(_FIRST_PAUSE_S * 2.0 ** min(n_failures, _MOST_DOUBLINGS), _LONGEST_PAUSE_S)


def _send(worker: _Worker, number: signal.Signals) -> None:
    pid = worker.process.pid
    with suppress(ProcessLookupError):  # it has just ended by itself
        if pid is not None:  # never, once started
            os.kill(pid, number)


def _ending(exitcode: int | None) -> str:
    return f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"status {exitcode}"


def _work(settings: Settings, turn: Turn, channel: Connection, is_strict: bool) -> None:
    # Ctrl-C at a terminal comes here, too, while this process loads. It began with such signals held back, and passes
    # over them: the supervisor says what is to be.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from service.process.server import work  # here, and not above: the supervisor itself must not load what it starts

    work(settings, turn, channel, is_strict=is_strict)
