"""What a command prints: results to stdout, errors and notes to stderr."""

import sys
from collections.abc import Callable
from contextlib import suppress

Sink = Callable[[str, bool], object]  # a message, and whether it reports an error


def _to_stderr(message: str, _is_error: bool) -> None:
    with suppress(OSError):  # the reader is gone or its disk is full, which is no reason to stop serving
        print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - for a person


_sink: Sink = _to_stderr


def send_to(sink: Sink | None) -> None:
    """Send errors and notes elsewhere from now on, for example to a log; None stands for stderr."""
    global _sink
    _sink = sink or _to_stderr


def print_error(message: str) -> None:
    """Report an error, one line of the message at a time."""
    for line in message.splitlines():
        _sink(line, True)


def print_note(message: str) -> None:
    """Report something that is neither an error nor the result."""
    _sink(message, False)


def print_result(text: str, end: str = "\n") -> None:
    """Print the result of a command."""
    print(text, end=end)  # noqa: T201 - the result
