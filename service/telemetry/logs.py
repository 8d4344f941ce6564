"""Knows how a log line looks, to people or to machines, and which line a request leaves.

Does not know who logs. No header of a request is ever written: some hold secrets.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

from service.telemetry.exchange import Exchange

LogFormat = Literal["text", "json"]

_STANDARD = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "color_message"}  # the last is uvicorn's

log = logging.getLogger("service.access")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the record's own fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """Time, level, logger, message, then the record's own fields as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the exception, if there is one."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname:7} {record.name}: {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(log_format: LogFormat) -> None:
    """Write every line of this process, the web server's included, to stderr in one form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def are_json() -> bool:
    """Return whether this process was told to write its lines as JSON."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers)


def hear(exchange: Exchange) -> None:
    """Log a request that is over."""
    fields = {
        "request_id": exchange.request_id,
        "trace_id": exchange.trace_id,
        "method": exchange.method,
        "route": exchange.route,
        "status": exchange.status,
        "problem": exchange.problem,
        "duration_ms": _milliseconds(exchange.seconds),
    }
    if exchange.timing:
        fields |= {f"{name}_ms": _milliseconds(seconds) for name, seconds in exchange.timing.parts.items()}
    log.info("answered", extra=fields)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record has beyond every record, except for what is not known."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD and value is not None}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1e3, 3)
