"""The supervisor of the worker processes behind one port: starts them, replaces those that die, forwards signals.

It does not load what the workers serve, so it stays small, and each worker starts from a fresh interpreter.
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
from digitgan.contract.errors import CannotServe

from ..settings import Settings
from .accept_balancing import WorkerSlot, create_counts, create_loss_count, vacate
from .heartbeat import LOOK_S, Watch, create_beats
from .listener import reserve, reserved

_FIRST_PAUSE_S = 0.1  # before another start, after a worker failed to become ready; doubled after each failure
_MAX_PAUSE_S = 5.0
_MAX_DOUBLINGS = 10  # far beyond the longest pause; failures may go on for days
_SLACK_S = 5.0  # for a worker to end after its grace, before it is killed
_BLOCKED = {signal.SIGINT, signal.SIGHUP}  # while a worker starts
_SUSPECT_S = 2.0  # of silence, after which the other workers no longer leave new connections to a worker
_MAX_FAILURES = 5  # in a row while no other worker serves; more would only fill the log


@dataclass(eq=False, slots=True)
class _Worker:
    """A process, and the channel by which it reports "" once it is ready, or else the reason why it cannot be."""

    process: SpawnProcess
    channel: Connection
    index: int  # of its slot
    is_ready: bool = False
    must_reload: bool = False
    n_stops: int = 0  # how often it was signalled to end


class Supervisor:
    """Keeps the number of workers that the settings ask for, until SIGTERM or SIGINT stops it.

    At SIGTERM the workers drain first. SIGINT, or any second signal, skips the drain.

    Args:
        settings: where to listen, how many workers, and how they serve.
        report: shows one line to the operator.
    """

    def __init__(self, settings: Settings, report: Callable[[str], None]) -> None:
        self._settings = settings
        self._report = report
        self._listener: socket.socket
        self._admin: socket.socket | None = None
        self._counts = create_counts(settings.n_workers)
        self._beats = create_beats(settings.n_workers)
        self._watch = Watch(self._beats)
        self._n_lost = create_loss_count()
        self._workers: list[_Worker] = []
        self._status: int | None = None  # to exit with; None until it is stopped
        self._n_stops = 0  # how often it was signalled to stop
        self._kill_at = math.inf  # when to kill the workers that still run, on the monotonic clock
        self._has_been_ready = False
        self._n_failures = 0
        self._next_start_at = 0.0  # on the monotonic clock

    def run(self) -> int:
        """Keep the workers, and return the exit status once all have ended: 0 stopped, 130 interrupted, 3 gave up.

        Raises:
            CannotServe: a port is taken, or the address is not one of this machine's.
        """
        with ExitStack() as held:
            self._listener, self._settings = held.enter_context(reserved(self._settings))
            if self._settings.admin_port:
                self._admin = held.enter_context(reserve(self._settings.host, self._settings.admin_port))
            wakeup, waker = (held.enter_context(end) for end in socket.socketpair())
            waker.setblocking(False)
            signal.set_wakeup_fd(waker.fileno())  # so that a signal ends the wait in `_step`
            held.callback(signal.set_wakeup_fd, -1)
            for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, exits.INTERRUPTED)):
                signal.signal(number, lambda *_, status=status: self._stop(status))
            signal.signal(signal.SIGHUP, lambda *_: self._reload())
            held.callback(self._terminate_workers)
            while self._status is None or self._workers:
                self._step(wakeup)
            return self._status

    def _step(self, wakeup: socket.socket) -> None:
        """Start missing workers, forward signals, wait until something happens, and act on it."""
        if self._status is not None:
            for listener in (self._listener, self._admin):
                if listener is not None:
                    listener.close()  # so that no client waits once the last worker has closed it
        else:
            self._replace_stuck()
            if monotonic() >= self._next_start_at:
                self._start_missing()
        if monotonic() >= self._kill_at:
            self._kill_workers()
        for worker in self._workers:
            self._forward_signals(worker)
        channels = [worker.channel for worker in self._workers if not worker.channel.closed]
        sentinels = [worker.process.sentinel for worker in self._workers]
        looks_at = monotonic() + LOOK_S if self._status is None else math.inf
        wakes_at = min(self._next_start_at if self._is_lacking else math.inf, self._kill_at, looks_at)
        timeout_s = None if wakes_at == math.inf else max(0, wakes_at - monotonic())
        happened = wait([wakeup, *channels, *sentinels], timeout_s)
        if wakeup in happened:
            wakeup.recv(64)
        for worker in list(self._workers):
            if worker.channel in happened:
                self._receive_report(worker)
            if worker.process.sentinel in happened:
                self._reap(worker)

    def _forward_signals(self, worker: _Worker) -> None:
        """Send a worker the signals that it has not been sent yet."""
        if worker.n_stops < self._n_stops:
            worker.n_stops = self._n_stops
            # A worker that still loads has no request to finish, and SIGTERM ends it at once.
            _send(worker, signal.SIGTERM if self._is_draining or not worker.is_ready else signal.SIGINT)
        elif worker.must_reload and worker.is_ready:
            worker.must_reload = False
            _send(worker, signal.SIGHUP)

    def _replace_stuck(self) -> None:
        """Kill the workers whose event loop has not run for too long; others will take their places."""
        self._watch.look()
        timeout_s = self._settings.worker_timeout_s
        for worker in self._workers:
            silent_s = self._watch.silent_s(worker.index)
            if not worker.is_ready:  # it may take as long as its models need
                self._watch.restart(worker.index)
            elif timeout_s and silent_s >= timeout_s:
                self._watch.restart(worker.index)
                self._report(f"worker {worker.process.pid} has not responded for {timeout_s:g} s and is killed")
                worker.process.kill()
            elif silent_s >= _SUSPECT_S:
                vacate(self._counts, worker.index)

    def _kill_workers(self) -> None:
        """Kill the workers that have not ended in time."""
        self._kill_at = math.inf
        for worker in self._workers:
            self._report(f"worker {worker.process.pid} has not ended in time and is killed")
            worker.process.kill()

    def _start_missing(self) -> None:
        """Start workers until there are enough, a signal stops them all, or the system has no room for another."""
        while self._is_lacking:
            try:
                self._workers.append(self._start())
            except OSError as error:
                self._report(f"cannot start a worker: {error.strerror}")
                self._count_failure()
                return

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # a forked child would inherit half of this process's state
        receiver, sender = context.Pipe(duplex=False)
        index = min(set(range(self._settings.n_workers)) - {each.index for each in self._workers})
        slot = WorkerSlot(self._listener, self._counts, index, self._beats, self._admin, self._n_lost)
        process = context.Process(target=_work, args=(self._settings, slot, sender, not self._has_been_ready))
        resource_tracker.ensure_running()  # starting it unblocks interrupts, so it comes first
        signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)
        sender.close()
        return _Worker(process, receiver, index)

    def _receive_report(self, worker: _Worker) -> None:
        """Read a worker's only report: that it is ready, or why it cannot be."""
        try:
            reason = worker.channel.recv()
        except EOFError:  # it died before it could report
            reason = None
        worker.channel.close()
        if reason == "":
            worker.is_ready = True
            self._n_failures = 0
            if self._has_been_ready:
                self._report(f"worker {worker.process.pid} is ready and replaces another")
            elif all(each.is_ready for each in self._workers):
                self._has_been_ready = True
                self._report(f"{self._settings.n_workers} workers running on {self._settings.address}")
        elif reason and self._status is None:
            self._report(reason)
            if not self._has_been_ready:  # another try would fail in the same way
                self._stop(exits.COULD_NOT_START)

    def _reap(self, worker: _Worker) -> None:
        """Remove a worker that has ended, and free its slot."""
        worker.process.join()
        worker.channel.close()
        self._workers.remove(worker)
        vacate(self._counts, worker.index)
        if self._status is not None:
            return
        self._n_lost.value += 1
        self._report(f"worker {worker.process.pid} ended with {_describe_exit(worker.process.exitcode)}")
        if not worker.is_ready:
            self._count_failure()

    def _count_failure(self) -> None:
        """Count a worker that did not become ready, and schedule the next start."""
        self._n_failures += 1
        if self._n_failures >= _MAX_FAILURES and not any(each.is_ready for each in self._workers):
            self._report(f"giving up: {self._n_failures} workers in a row did not become ready")
            self._stop(exits.COULD_NOT_START)
        self._next_start_at = monotonic() + pause_s(self._n_failures)

    def _terminate_workers(self) -> None:
        """Leave no worker behind if this process fails: Python would wait for it, and nothing would replace it."""
        for worker in self._workers:
            worker.process.terminate()

    @property
    def _is_lacking(self) -> bool:
        return self._status is None and len(self._workers) < self._settings.n_workers

    @property
    def _is_draining(self) -> bool:
        return self._status == 0 and self._n_stops == 1

    def _stop(self, status: int) -> None:
        """Record that everything must end; a signal may come while a worker is started, so this closes nothing."""
        if self._status is None:
            self._status = status
        self._n_stops += 1
        timeout_s = self._settings.grace_s + _SLACK_S + (self._settings.drain_s if self._is_draining else 0)
        self._kill_at = min(self._kill_at, monotonic() + timeout_s)

    def _reload(self) -> None:
        for worker in self._workers:
            worker.must_reload = True


def pause_s(n_failures: int) -> float:
    """Return the seconds to wait before the next start, after at least one failure in a row."""
    return min(_FIRST_PAUSE_S * 2.0 ** min(n_failures - 1, _MAX_DOUBLINGS), _MAX_PAUSE_S)


def _send(worker: _Worker, number: signal.Signals) -> None:
    pid = worker.process.pid
    with suppress(ProcessLookupError):  # it has just ended
        if pid is not None:  # it is None only before the start
            os.kill(pid, number)


def _describe_exit(exitcode: int | None) -> str:
    return f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"status {exitcode}"


def _work(settings: Settings, slot: WorkerSlot, channel: Connection, is_strict: bool) -> None:
    # Signals of a terminal reach this process, too, while it loads. It started with them blocked and now ignores them:
    # the supervisor decides what happens.
    for number in _BLOCKED:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)
    try:
        from .server import work  # not above: the supervisor must not load what it starts
    except CannotServe as error:  # no runtime is installed
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None
    work(settings, slot, channel, is_strict=is_strict)
