"""What all commands share: options that are made when first needed, examples in the help, and checked settings."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from digitgan.cli.startup import loading

Options = Callable[[], Iterable[click.Parameter]]


class Command(click.Command):
    """A command of the tree.

    Args:
        examples: lines for the help; ``{command}`` stands for the command as the user typed it.
        more_options: returns further options; called when the command's options are first needed, so it may import
            what takes time.
    """

    reads_settings = True  # and refuses a misspelt one

    def __init__(self, *args: Any, examples: str, more_options: Options | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._examples = examples.strip().splitlines()
        self._more_options = more_options

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters."""
        if self._more_options:
            self.params.extend(self._more_options())
            self._more_options = None
        return super().get_params(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            UsageError: an argument or option is wrong, or there are more arguments than the command takes.
        """
        ctx.allow_extra_args = True  # click's own message about them has another form than all others
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"unexpected argument{'' if len(rest) == 1 else 's'}: {' '.join(rest)}", ctx)
        return rest

    def examples(self, command: str) -> list[str]:
        """Return the examples, for the command as the user typed it."""
        return [line.strip().replace("{command}", command) for line in self._examples]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, which must not be wrapped."""
        with formatter.section("Examples"):
            for line in self.examples(ctx.command_path):
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            CannotServe: an environment variable that begins with ``DIGITGAN_`` is not a setting.
        """
        if self.reads_settings:
            with loading():
                from digitgan.cli.settings import check_variables
            check_variables()
        return super().invoke(ctx)
