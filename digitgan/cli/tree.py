"""The command tree of `digitgan`.

A command is found by the module that defines it, and that is imported when the command is needed. Command modules
import nothing heavy at their top, so listing all commands takes milliseconds. Packages that are not installed have no
commands.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from digitgan import __version__
from digitgan.cli import exits, messages
from digitgan.cli.messages import print_error
from digitgan.cli.program import COMMAND, COMPLETION_VARIABLE, program
from digitgan.contract.errors import CannotServe, RunFailed
from digitgan.installation import module_name


def _modules(package: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{package}.cli.{name}" for name in names)


SECTIONS: Mapping[str, Sequence[str]] = {
    "Digits": _modules("digitgan", "write", "dataset", "numbers"),
    "Service": _modules(module_name("service"), "serve", "mcp", "health", "keys", "inspect", "settings"),
    "Training, with pip install 'digitgan[cpu,training]'": _modules(
        module_name("training"), "train", "export", "adopt", "report", "measure", "learn", "studies"
    ),
    "Shell": _modules("digitgan", "completion"),
}

OF_TWO_WORDS = ("dataset numbers",)  # commands that are looked for before those of the first word


class Tree(click.Group):
    """The command `digitgan`, with all others below it."""

    def __init__(self) -> None:
        summary = "Handwritten digits from a GAN, over HTTP and on the command line."
        super().__init__(help=summary, context_settings={"max_content_width": 120, "show_default": True})
        self.params.append(click.Option(["--version"], is_flag=True, callback=_print_version, expose_value=False))
        self.params[-1].help = "Show the version and exit."
        self._waiting = [module for modules in SECTIONS.values() for module in modules]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command; modules are imported until one defines it, in the order of the help."""
        while cmd_name not in self.commands and self._waiting:
            self._load(self._waiting.pop(0))
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the command and the rest of a command line."""
        if (name := " ".join(args[:2])) in OF_TWO_WORDS:
            return name, self.get_command(ctx, name), args[2:]
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        while self._waiting:
            self._load(self._waiting.pop(0))
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands, by section."""
        width = max(map(len, self.list_commands(ctx)))
        for heading, modules in SECTIONS.items():
            commands = [each for each in self.commands.values() if each.callback.__module__ in modules]
            if commands:
                with formatter.section(heading):
                    limit = formatter.width - 6 - width
                    formatter.write_dl([(f"{each.name:{width}}", each.get_short_help_str(limit)) for each in commands])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a hint about the help of each command."""
        formatter.write_paragraph()
        formatter.write(f"{ctx.command_path} COMMAND --help shows the options of a command, and examples.\n")

    def _load(self, name: str) -> None:
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if not f"{name}.".startswith(f"{error.name}."):
                raise
            return
        for each in vars(module).values():
            if isinstance(each, click.Command) and each.name:
                self.commands[each.name] = each


def _print_version(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked and not ctx.resilient_parsing:
        click.echo(f"{COMMAND} {__version__}")
        ctx.exit()


def main(arguments: Sequence[str] | None = None, program_name: str | None = None) -> int:
    """Execute a command and return its exit status.

    The status is 0 for success, 1 for failure, 2 for wrong usage, 3 if the command could not start, and 130 if it was
    interrupted; training adds 143 for terminated.

    Args:
        arguments: the command line; by default, that of this process.
        program_name: the name in help and hints; by default, as the user typed it.
    """
    messages.send_to(None)
    try:
        return _execute(program_name or program(), sys.argv[1:] if arguments is None else arguments)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return exits.USAGE
    except click.UsageError as error:
        print_error(_describe(error))
        return exits.USAGE
    except click.ClickException as error:
        print_error(error.format_message())
        return error.exit_code
    except CannotServe as error:
        print_error(str(error))
        return exits.COULD_NOT_START
    except BrokenPipeError:  # the reader has closed the pipe; Python would report that again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    except RunFailed as error:
        print_error(str(error))
        return exits.FAILED
    except OSError as error:
        print_error(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        return exits.FAILED
    except KeyboardInterrupt:
        return exits.INTERRUPTED


def _execute(name: str, arguments: Sequence[str]) -> int:
    tree = Tree()
    if COMPLETION_VARIABLE in os.environ:
        from digitgan.cli.completion import complete

        return complete(tree)
    with tree.make_context(name, list(arguments)) as context:
        status: int | None = tree.invoke(context)
    sys.stdout.flush()  # here, where `main` expects that the reader may be gone
    return status or 0


def _describe(error: click.UsageError) -> str:
    """Return a usage error with one line for each mistake."""
    close: Sequence[str] = getattr(error, "possibilities", None) or ()
    hint = f"; did you mean {' or '.join(close)}?" if close else f"; see {_help_of(error)}"
    match error:
        case click.NoSuchOption():
            return f"unknown option {error.option_name}{hint}"
        case click.NoSuchCommand():
            return f"unknown command {error.command_name}{hint}"
        case click.MissingParameter():
            return f"{_name_of(error.param)} is required{hint}"
        case click.BadParameter() if error.param:
            return f"{_name_of(error.param)}: {error.message.rstrip('.')}"
        case click.BadOptionUsage():
            return error.message.removeprefix("Option ").replace(repr(error.option_name), error.option_name).rstrip(".")
    return error.format_message().rstrip(".")


def _help_of(error: click.UsageError) -> str:
    return f"{error.ctx.command_path if error.ctx else program()} --help"


def _name_of(parameter: Any) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return str(parameter.metavar or parameter.name.upper()).strip("[].")
