"""What the commands of training share: they say what to install where a package is missing, and how training failed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

import click

from digitgan.cli import exits
from digitgan.cli.command import Command
from digitgan.cli.messages import Stderr
from digitgan.contract.errors import NotInstalled

from .. import stages
from ..errors import TrainingError

if TYPE_CHECKING:
    from rich.console import Console

_OURS = ("digitgan", "training")  # in the repository; digitgan alone where it is installed


class TrainingCommand(Command):
    """A command that needs PyTorch."""

    reads_settings = False

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of the arguments, which may import parts of training, for example to find a recipe."""
        with _errors(f"{parent.command_path} {info_name}" if parent else info_name):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, which tells every ten seconds what it is doing.

        Raises:
            ClickException: training failed.
            OSError: a file could not be read or written.
            NotInstalled: a package of the extra ``training`` is not installed.
            SystemExit: SIGTERM or SIGHUP ended the command, which has removed its temporary files.
        """
        with _errors(ctx.command_path), _ending_in_order(), stages.told(str(ctx.info_name)):
            return super().invoke(ctx)


def stderr_console(*, is_quiet: bool = False) -> "Console":
    """Return a console for what people follow; a reader that goes away does not end the command."""
    from rich.console import Console

    return Console(file=cast("IO[str]", Stderr()), quiet=is_quiet)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block by an exception, as Ctrl-C does, unless the parent has them ignored."""
    earlier = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            which = getattr(signal, name, None)
            if which and signal.getsignal(which) is signal.SIG_DFL:
                earlier[which] = signal.signal(which, _end)
    try:
        yield
    finally:
        for which, handler in earlier.items():
            signal.signal(which, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    raise SystemExit(128 + number)


@contextmanager
def _errors(command: str | None) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in _OURS:
            raise
        raise NotInstalled(str(command), error.name, "training") from None
    except (TrainingError, OSError) as error:
        if not stages.is_first_process():
            raise click.exceptions.Exit(exits.FAILED) from error  # one process of a team reports what all of them meet
        if isinstance(error, OSError):
            raise  # the command tree names its file
        raise click.ClickException(str(error)) from error
