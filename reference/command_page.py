"""The page of the command line, made from its own help."""

import inspect

import click

from digitgan.cli import tree
from digitgan.cli.command import Command
from digitgan.cli.program import COMMAND
from digitgan.cli.settings import SettingOption
from reference.tables import anchor, cell, table

_FEW_SETTINGS = 5  # that the section of a command lists; more of them are on their own page
_ALL_SETTINGS = "[Settings](../configuration.md) lists them, with their variables, ranges and defaults."
_HEAD = """# Command line reference

Every command of `digitgan` and all of its options, as `--help` shows them; made by `make reference`. The commands from `train` to
`stacks` need `pip install 'digitgan[cpu,training]'`. [The command line](../command-line.md) is the page to begin with: tasks, exit
statuses, completion.

"""


def page() -> str:
    """Return the page."""
    whole = tree.Tree()
    context = click.Context(whole, info_name=COMMAND, show_default=True)
    names = whole.list_commands(context)
    index = " · ".join(f"[`{name}`](#{anchor(f'{COMMAND} {name}')})" for name in names)
    sections = (_section(whole.commands[name], context) for name in names)
    return f"{_HEAD}{index}\n" + "".join(sections)


def _section(command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, info_name=command.name, parent=parent)
    given = [each for each in command.get_params(context) if "--help" not in each.opts]
    settings = [each for each in given if isinstance(each, SettingOption)]
    has_few = len(settings) <= _FEW_SETTINGS
    rows = [_row(each, context) for each in given if has_few or each not in settings]
    if not has_few:
        rows.append(("one option for each setting", "", _ALL_SETTINGS))
    shown = (
        "".join(f"{line}\n" for line in command.examples(context.command_path)) if isinstance(command, Command) else ""
    )
    return (
        f"\n## {context.command_path}\n\n{inspect.cleandoc(command.help or '')}\n\n"
        + table(("argument", "value", "meaning"), rows)
        + ("\n" if rows else "")
        + f"```text\n{shown}```\n"
    )


def _row(parameter: click.Parameter, context: click.Context) -> tuple[str, str, str]:
    record = parameter.get_help_record(context)
    if record is None:
        raise ValueError(f"{parameter.name} has no help")
    if not isinstance(parameter, click.Option):
        return f"`{record[0]}`", "", cell(record[1])
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return names, "" if parameter.is_flag else f"`{parameter.make_metavar(context)}`", cell(record[1])
