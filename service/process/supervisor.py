"""The supervisor of the worker processes behind one port: starts them, replaces those that die, forwards signals.

On Linux it loads all code, but no model, and each worker is a fork of it: the code is in memory once. Its only other
thread writes the log, and each worker writes its own. Elsewhere the system's libraries may have threads, so it loads
nothing, and each worker starts from a fresh interpreter.
"""

import logging
import math
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess, SpawnProcess
from time import monotonic
from typing import Any

from digitgan.cli import exits, startup
from digitgan.contract.errors import CannotServe
from digitgan.contract.words import describe_exit
from digitgan.engine.spawning import TERMINAL_SIGNALS, signals_blocked, terminal_signals_blocked

from ..settings import Settings
from ..telemetry import events, logs
from .accept_balancing import WorkerSlot, create_counts, create_loss_count, vacate
from .heartbeat import LOOK_S, Watch, create_beats
from .listener import Listeners, reserved

_IS_FORKING = sys.platform == "linux"
_FIRST_PAUSE_S = 0.1  # before another start, after a worker failed to become ready; doubled after each failure
_MAX_PAUSE_S = 5.0
_MAX_DOUBLINGS = 10  # far beyond the longest pause; failures may go on for days
_SLACK_S = 5.0  # for a worker to end after its grace, before it is killed
_SUSPECT_S = 2.0  # of silence, after which the other workers no longer leave new connections to a worker
_MAX_FAILURES = 5  # in a row while the service starts or no worker serves; more would only fill the log


@dataclass(eq=False, slots=True)
class _Worker:
    """A process, and the channel by which it reports "" once it is ready, or else the reason why it cannot be."""

    process: ForkProcess | SpawnProcess
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
        is_rehearsal: end as soon as all workers are ready, none of which listens.
    """

    def __init__(self, settings: Settings, *, is_rehearsal: bool = False) -> None:
        self._settings = settings
        self._is_rehearsal = is_rehearsal
        self._listeners: Listeners
        self._counts = create_counts(settings.n_workers)
        self._beats = create_beats(settings.n_workers)
        self._watch = Watch(self._beats)
        self._n_lost = create_loss_count()
        self._workers: list[_Worker] = []
        self._status: int | None = None  # to exit with; None until it is stopped
        self._alive: list[Connection]  # workers read from the first end, which ends when this process does
        self._refusal: CannotServe | None = None  # why the service cannot serve
        self._n_stops = 0  # how often it was signalled to stop
        self._kill_at = math.inf  # when to kill the workers that still run, on the monotonic clock
        self._has_been_ready = False
        self._n_failures = 0
        self._next_start_at = 0.0  # on the monotonic clock

    def run(self) -> int:
        """Keep the workers, and return the exit status once all have ended: 0 stopped, 130 interrupted.

        Raises:
            CannotServe: a port is taken, the address is not one of this machine's, or the workers cannot start.
        """
        if _IS_FORKING:
            with startup.loading():
                from . import server  # for the workers
            server.settle()
        with ExitStack() as held:
            self._alive = [held.enter_context(end) for end in multiprocessing.Pipe(duplex=False)]
            self._listeners, self._settings = held.enter_context(reserved(self._settings))
            wakeup, waker = (held.enter_context(end) for end in socket.socketpair())
            waker.setblocking(False)
            signal.set_wakeup_fd(waker.fileno())  # so that a signal ends the wait in `_step`
            held.callback(signal.set_wakeup_fd, -1)
            for number, handler in (
                (signal.SIGTERM, lambda *_: self._stop(0)),
                (signal.SIGINT, lambda *_: self._stop(exits.INTERRUPTED)),
                (signal.SIGHUP, lambda *_: self._reload()),
            ):
                held.callback(signal.signal, number, signal.signal(number, handler))
            held.callback(self._terminate_workers)
            while self._status is None or self._workers:
                self._step(wakeup)
            if self._refusal is not None:
                raise self._refusal
            return self._status

    def _step(self, wakeup: socket.socket) -> None:
        """Start missing workers, forward signals, wait until something happens, and act on it."""
        if self._status is not None:
            for listener in self._listeners:
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
                events.WORKER_STUCK.log(**_names(worker), timeout_s=timeout_s)
                worker.process.kill()
            elif silent_s >= _SUSPECT_S:
                vacate(self._counts, worker.index)

    def _kill_workers(self) -> None:
        """Kill the workers that have not ended in time."""
        self._kill_at = math.inf
        for worker in self._workers:
            events.WORKER_KILLED.log(**_names(worker))
            worker.process.kill()

    def _start_missing(self) -> None:
        """Start workers until there are enough, a signal stops them all, or the system has no room for another."""
        while self._is_lacking:
            try:
                self._workers.append(self._start())
            except OSError as error:
                events.WORKER_FAILED.log(reason=error.strerror)
                self._count_failure(f"cannot start a worker: {error.strerror}")
                return

    def _start(self) -> _Worker:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        index = min(set(range(self._settings.n_workers)) - {each.index for each in self._workers})
        listeners = self._listeners
        slot = WorkerSlot(listeners.requests, self._counts, index, self._beats, listeners.admin, self._n_lost)
        settings = self._settings
        if self._has_been_ready:  # a version that has become invalid must not turn one dead worker into none at all
            settings = settings.model_copy(update={"strict_models": False})
        context = multiprocessing.get_context("fork") if _IS_FORKING else multiprocessing.get_context("spawn")
        process = context.Process(target=_work, args=(settings, slot, sender, self._alive, self._is_rehearsal))
        with terminal_signals_blocked(spawns=not _IS_FORKING), signals_blocked({signal.SIGTERM}):
            process.start()
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
            events.WORKER_READY.log(**_names(worker))
            if not self._has_been_ready and sum(each.is_ready for each in self._workers) == self._settings.n_workers:
                self._has_been_ready = True
                if self._is_rehearsal:
                    self._stop(0)
                else:
                    events.READY.log(address=self._settings.address, workers=self._settings.n_workers)
        elif reason and self._status is None:
            if self._has_been_ready:
                events.WORKER_FAILED.log(reason=reason)
            else:  # another try would fail in the same way
                self._give_up(reason)

    def _reap(self, worker: _Worker) -> None:
        """Remove a worker that has ended, and free its slot."""
        worker.process.join()
        worker.channel.close()
        self._workers.remove(worker)
        vacate(self._counts, worker.index)
        if self._status is not None:
            return
        self._n_lost.value += 1
        cause = describe_exit(worker.process.exitcode)
        events.WORKER_LOST.log(**_names(worker), cause=cause)
        if not worker.is_ready:
            self._count_failure(f"it ended with {cause}")

    def _count_failure(self, reason: str) -> None:
        """Count a worker that did not become ready, and schedule the next start."""
        self._n_failures += 1
        is_serving = self._has_been_ready and any(each.is_ready for each in self._workers)
        if self._n_failures >= _MAX_FAILURES and not is_serving:
            self._give_up(f"{self._n_failures} workers in a row did not become ready; the last one: {reason}")
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

    def _give_up(self, reason: str) -> None:
        self._refusal = CannotServe(reason)
        self._stop(exits.COULD_NOT_START)

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


def _names(worker: _Worker) -> dict[str, Any]:
    """Return the fields of an event that say which worker it is about."""
    return {"worker": worker.index, "worker_pid": worker.process.pid}


def _work(
    settings: Settings, slot: WorkerSlot, channel: Connection, alive: Sequence[Connection], is_rehearsal: bool
) -> None:
    # A fork must not do at a signal what its supervisor does. It started with them blocked. Those of a terminal reach
    # this process, too, while it loads, and it ignores them: the supervisor decides what happens.
    signal.set_wakeup_fd(-1)
    for number in TERMINAL_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*TERMINAL_SIGNALS, signal.SIGTERM})
    logging.basicConfig(handlers=[], force=True)  # a fork has the supervisor's, without the thread that writes
    supervisor, held = alive
    held.close()  # otherwise this process would keep the others from learning that the supervisor has ended
    try:
        from .server import work  # not above: where workers do not fork, the supervisor must not load it
    except CannotServe as error:  # no runtime is installed
        channel.send(str(error))
        raise SystemExit(exits.COULD_NOT_START) from None
    try:
        work(settings, slot, channel, supervisor, is_rehearsal=is_rehearsal)
    finally:
        logs.flush()
