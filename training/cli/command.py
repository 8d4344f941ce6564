"""What the commands of training share: they say what to install where a package is missing, and how training failed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from digitgan.cli import exits
from digitgan.cli.command import Command
from digitgan.contract.errors import NotInstalled

from ..errors import TrainingError

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
        """Run the command.

        Raises:
            ClickException: training failed.
            NotInstalled: a package of the extra ``training`` is not installed.
        """
        with _errors(ctx.command_path):
            return super().invoke(ctx)


@contextmanager
def _errors(command: str | None) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in _OURS:
            raise
        raise NotInstalled(str(command), error.name, "training") from None
    except (TrainingError, OSError) as error:
        from ..parallel.team import is_first_process

        if not is_first_process():
            raise click.exceptions.Exit(exits.FAILED) from error  # one process of a team reports what all of them meet
        raise click.ClickException(str(error)) from error
