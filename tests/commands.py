"""Commands run in this process, with what they print."""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from digitgan.cli import tree


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    exit_code: int
    stdout: str
    stderr: str


def digitgan(*arguments: str | int | Path) -> Done:
    """Execute a command of `digitgan`."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        exit_code = tree.main([*map(str, arguments)], program_name="digitgan")
    return Done(exit_code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
