"""What a command prints: results to stdout, errors and notes to stderr."""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Sink = Callable[[str, bool], object]  # a message, and whether it reports an error


class Stderr(io.TextIOBase):
    """The present `sys.stderr`; writing to it never fails.

    That the reader is gone or its disk is full is no reason to stop serving or training.
    """

    @property
    def encoding(self) -> str:  # type: ignore[override] # a plain attribute in the base class
        """The encoding of the present stream."""
        return sys.stderr.encoding

    def isatty(self) -> bool:
        """Return whether the present stream is a terminal."""
        return sys.stderr.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the present stream."""
        return sys.stderr.fileno()

    def write(self, text: str) -> int:
        """Write a text if that is possible."""
        with _tolerated():
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is buffered if that is possible."""
        with _tolerated():
            sys.stderr.flush()


@contextmanager
def _tolerated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EIO):  # a closed pipe or terminal; its buffer would fail again at exit
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _to_stderr(message: str, _is_error: bool) -> None:
    print(f"digitgan: {message}", file=Stderr())


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
