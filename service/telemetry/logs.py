"""Log lines, as text for people or JSON for machines, and the line that each request leaves.

Headers of a request are never logged: some hold secrets.
"""

import json
import logging
import os
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Literal

from digitgan.contract.documents import printable

from .line_writer import LineWriter
from .records import RequestRecord

LogFormat = Literal["text", "json"]

_STANDARD = vars(logging.makeLogRecord({})).keys() | {
    "message",
    "asctime",
    "color_message",
}  # the last comes from uvicorn

_MAX_REPEATS = 20  # warnings or errors from one place in the code, in each period
_PERIOD_S = 10.0
_LONGEST_PATH = 2_048  # characters
_FLUSH_S = 2.0  # for a reader of the log; one that does not read must not keep a process from its end

log = logging.getLogger("service.access")


class JsonLines(logging.Formatter):
    """Writes one JSON object a line: time, level, logger, process, message, the record's own fields, exception.

    Args:
        worker: the number of the worker that this process is; None if it is none.
    """

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._process = {"pid": os.getpid()} if worker is None else {"pid": os.getpid(), "worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": _format_time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._process,
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """Writes time, level, logger and message, then the record's own fields as ``name=value``.

    The message of an event has its fields already.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the exception if there is one."""
        own = {} if hasattr(record, "event") else _fields(record)
        fields = "".join(f" {name}={value}" for name, value in own.items())
        line = printable(f"{_format_time(record)} {record.levelname:7} {record.name}: {record.getMessage()}{fields}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class BackgroundHandler(logging.Handler):
    """Writes lines in a thread; of warnings and errors from one place in the code, only the first in each period.

    Args:
        writer: writes the lines.
    """

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer
        self._repeats: dict[tuple[object, ...], _Repeats] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line soon, or count it."""
        try:
            if record.levelno < logging.WARNING or self._is_rare(record):
                self._writer.put(self.format(record))
        except Exception:  # as every handler: a faulty line must not fail a request
            self.handleError(record)

    def flush(self) -> None:
        """Report what was left out, and write all lines, unless nobody reads them."""
        with self.lock:  # type: ignore[union-attr] # only tests have handlers without one
            for kind in list(self._repeats):
                self._finish(kind)
        self._writer.flush(_FLUSH_S)

    def _is_rare(self, record: logging.LogRecord) -> bool:
        """Return whether a line is one of the first of its kind in this period, and count it."""
        kind = (record.pathname, record.lineno, record.exc_info and record.exc_info[0])
        repeats = self._repeats.get(kind)
        if repeats is None or monotonic() >= repeats.ends_at:
            self._finish(kind)
            repeats = self._repeats[kind] = _Repeats(monotonic() + _PERIOD_S)
        repeats.n += 1
        if repeats.n <= _MAX_REPEATS:
            return True
        if repeats.last is None:
            timer = threading.Timer(repeats.ends_at - monotonic(), self._finish_in_turn, (kind, repeats))
            timer.daemon = True
            timer.start()
        repeats.last = record
        return False

    def _finish_in_turn(self, kind: tuple[object, ...], repeats: "_Repeats") -> None:
        with self.lock:  # type: ignore[union-attr]
            if self._repeats.get(kind) is repeats:
                self._finish(kind)

    def _finish(self, kind: tuple[object, ...]) -> None:
        """End the period of a kind, with a line on what was left out."""
        repeats = self._repeats.pop(kind, None)
        if repeats is None or repeats.last is None:
            return
        last, n = repeats.last, repeats.n - _MAX_REPEATS
        message = f"{n} more like this were left out: {last.getMessage()}"
        summary = logging.LogRecord(last.name, last.levelno, last.pathname, last.lineno, message, None, None)
        self._writer.put(self.format(summary))


@dataclass(slots=True)
class _Repeats:
    """The lines of one kind in a period, which ends at a time on the monotonic clock."""

    ends_at: float
    n: int = 0
    last: logging.LogRecord | None = None  # that was left out


def configure(log_format: LogFormat, worker: int | None = None) -> None:
    """Write all log lines of this process, the web server's included, to stderr in one format.

    Args:
        log_format: the format.
        worker: the number of the worker that this process is; None if it is none.
    """
    formatter = JsonLines(worker) if log_format == "json" else TextLines()

    def describe_lost(n: int) -> str:
        message = f"{n} log lines were lost, since nobody read the log in time"
        return formatter.format(logging.LogRecord(__name__, logging.WARNING, __file__, 0, message, None, None))

    try:
        handler: logging.Handler = BackgroundHandler(LineWriter(sys.stderr.fileno(), describe_lost))
    except (AttributeError, OSError, ValueError):  # stderr is no file, as where another program runs this one
        handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def flush() -> None:
    """Write out all lines so far, before this process ends without the interpreter's own clean-up."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def log_request(request: RequestRecord, *, with_probes: bool = True) -> None:
    """Log a finished request; health checks and scrapes only on demand."""
    if request.is_probe and not with_probes:
        return
    fields = {
        "request_id": request.request_id,
        "trace_id": request.trace_id,
        "method": request.method,
        "path": request.path[:_LONGEST_PATH],
        "route": request.route or None,
        "status": request.status,
        "problem": request.problem,
        "bytes": request.sent_bytes,
        "duration_ms": _milliseconds(request.seconds),
    }
    if request.timing:
        fields |= {f"{name}_ms": _milliseconds(seconds) for name, seconds in request.timing.parts.items()}
    log.info("answered", extra=fields)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields that this record has beyond the standard ones, unless they are None."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD and value is not None}


def _format_time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1e3, 3)
