"""What happens to the service as a whole: a sentence for people, with a name and fields for programs."""

import logging
from dataclasses import dataclass
from string import Formatter
from typing import Any

_log = logging.getLogger("service.events")


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of line in the log.

    Attributes:
        name: value of the line's field ``event``.
        level: severity, as a number of the module `logging`.
        message: the line for people, with the fields in braces.
        meaning: when it happens, for the documentation.
    """

    name: str
    level: int
    message: str
    meaning: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields, in the message's order."""
        return tuple(field for _, field, *_ in Formatter().parse(self.message) if field)

    def log(self, *, exc_info: bool = False, **fields: Any) -> None:
        """Write the line, with a value for each field."""
        extra = {"event": self.name, **fields}
        # Repeated lines are counted by the place of the caller.
        _log.log(self.level, "%s", self.message.format_map(fields), extra=extra, exc_info=exc_info, stacklevel=2)


START = Event(
    "start",
    logging.INFO,
    "digitgan {release} starts; settings that differ from the defaults: {settings}",
    "The service begins to load; passwords in addresses are left out of `settings`.",
)
FAILED = Event(
    "failed",
    logging.ERROR,
    "{reason}",
    "The command ends with this error: the service cannot start or go on, or a setting is wrong.",
)
READY = Event(
    "ready",
    logging.INFO,
    "running on {address} (workers: {workers})",
    "Every worker accepts connections for the first time.",
)
WORKER_READY = Event(
    "worker_ready",
    logging.INFO,
    "worker {worker} (pid {worker_pid}) is ready",
    "A worker accepts connections: the first one of its number, or one that replaces another.",
)
WORKER_LOST = Event(
    "worker_lost",
    logging.ERROR,
    "worker {worker} (pid {worker_pid}) was lost: it ended with {cause}",
    "A worker ended without being told to, by a signal (`SIGKILL`) or with a status (`status 1`); another replaces it.",
)
WORKER_FAILED = Event(
    "worker_failed",
    logging.ERROR,
    "cannot start a worker: {reason}",
    "A worker that should replace another cannot start; the next try follows.",
)
WORKER_STUCK = Event(
    "worker_stuck",
    logging.ERROR,
    "worker {worker} (pid {worker_pid}) has not responded for {timeout_s:g} s and is killed",
    "A worker's event loop has not run for `worker_timeout_s`; `worker_lost` follows.",
)
WORKER_KILLED = Event(
    "worker_killed",
    logging.WARNING,
    "worker {worker} (pid {worker_pid}) has not ended in time and is killed",
    "A worker still runs 5 s after the grace period.",
)
SUPERVISOR_LOST = Event(
    "supervisor_lost",
    logging.ERROR,
    "the supervisor has ended without stopping its workers: this one drains and ends",
    "The supervisor of this worker has died, so nobody would replace the worker; `drain` and `stop` follow.",
)
VERSION_SERVED = Event(
    "version_served",
    logging.INFO,
    "serving model {model}, version {version}",
    "A reload has brought a new or changed version into service.",
)
VERSION_REMOVED = Event(
    "version_removed",
    logging.INFO,
    "no longer serving model {model}, version {version}",
    "A reload has taken a version out of service.",
)
VERSION_REFUSED = Event(
    "version_refused",
    logging.ERROR,
    "model {model}, version {version} is refused: {reason}",
    "A start or a reload has found a version that cannot be served.",
)
WEIGHT_UNUSED = Event(
    "weight_unused",
    logging.WARNING,
    "{reason}; the other versions share its requests",
    "A start or a reload has found a version that has a weight, but cannot get requests.",
)
RELOAD = Event(
    "reload",
    logging.INFO,
    "looked for changed models: {served} served anew, {removed} removed, {refused} refused",
    "A reload is over: one that SIGHUP asked for, or that changed something.",
)
RELOAD_FAILED = Event(
    "reload_failed",
    logging.ERROR,
    "{reason}; the models loaded before stay in service",
    "A reload has changed nothing, since the whole folder is unusable.",
)
DRAIN = Event(
    "drain",
    logging.INFO,
    "no longer ready, serving for another {drain_s:g} s",
    "A process begins to drain.",
)
STOP = Event(
    "stop",
    logging.INFO,
    "no longer listening; requests in progress have {grace_s:g} s to finish",
    "A process stops listening, after the drain or without one.",
)
END = Event("end", logging.INFO, "ended with status {status}", "The service has ended.")

EVENTS: tuple[Event, ...] = tuple(each for each in vars().copy().values() if isinstance(each, Event))
