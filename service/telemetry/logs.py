"""Log lines, as text for people or JSON for machines, and the line that each request leaves.

Headers of a request are never logged: some hold secrets.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

from service.telemetry.records import RequestRecord

LogFormat = Literal["text", "json"]

_STANDARD = vars(logging.makeLogRecord({})).keys() | {
    "message",
    "asctime",
    "color_message",
}  # the last comes from uvicorn

log = logging.getLogger("service.access")


class JsonLines(logging.Formatter):
    """Writes one JSON object a line: time, level, logger, message, the record's own fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": _format_time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """Writes time, level, logger and message, then the record's own fields as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the exception if there is one."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{_format_time(record)} {record.levelname:7} {record.name}: {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(log_format: LogFormat) -> None:
    """Write all log lines of this process, the web server's included, to stderr in one format."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def flush() -> None:
    """Write out all lines so far, before this process ends without the interpreter's own clean-up."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def log_request(request: RequestRecord) -> None:
    """Log a finished request."""
    fields = {
        "request_id": request.request_id,
        "trace_id": request.trace_id,
        "method": request.method,
        "route": request.route,
        "status": request.status,
        "problem": request.problem,
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
