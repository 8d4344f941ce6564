"""The page of the command line, made from its own help."""

import argparse
import inspect
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from digitgan.joint import parser
from digitgan.training_words import TRAINING
from reference.tables import anchor, cell, table
from training.cli import app

_HEAD = """# Command line reference

Every command of `digitgan` and all of its flags, as `--help` has them; made by `make reference`. The commands from `train` to
`few` need `pip install 'digitgan[training]'`. [The command line](../command-line.md) is the page to begin with: what is what,
exit statuses, completion.

"""


def page() -> str:
    """Return the page."""
    words = parser()
    [choices] = [each.choices for each in words._actions if isinstance(each, argparse._SubParsersAction)]
    texts = {name: _training(name) if name in TRAINING else _ours(command) for name, command in choices.items()}
    index = " · ".join(f"[`{name}`](#{anchor(f'digitgan {name}')})" for name in texts)
    return f"{_HEAD}{index}\n" + "".join(f"\n## digitgan {name}\n\n{text}" for name, text in texts.items())


def _ours(words: argparse.ArgumentParser) -> str:
    formatter = words._get_formatter()
    rows = []
    for action in words._actions:
        if not isinstance(action, argparse._HelpAction):
            value = formatter._format_args(action, action.dest.upper()) if action.nargs != 0 else ""
            name = ", ".join(f"`{flag}`" for flag in action.option_strings) or f"`{formatter._format_args(action, '')}`"
            said = formatter._expand_help(action) if action.help else ""
            is_needed = action.required and bool(action.option_strings)
            rows.append((name, f"`{value}`" if value and action.option_strings else "", cell(said), is_needed))
    examples = (words.epilog or "").partition("\n")[2] % {"prog": words.prog}
    return _section(words.description or "", rows, [line.strip() for line in examples.splitlines()])


def _training(name: str) -> str:
    command = typer.main.get_group(app).commands[name]
    said, _, rest = inspect.cleandoc(command.help or "").partition("\n\n")
    paragraphs = [each.strip() for each in rest.split("\n\n") if each.strip()]
    examples = [each for each in paragraphs if each.startswith("digitgan ")]
    text = "\n\n".join([said, *(each for each in paragraphs if each not in examples)])
    rows = [_option(each) for each in command.params if each.name != "help"]
    return _section(text, rows, examples)


def _option(parameter: Any) -> tuple[str, str, str, bool]:
    is_option = parameter.param_type_name == "option"
    shown = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    is_switch = getattr(parameter, "is_flag", False)
    value = parameter.metavar or _value(parameter.type_descriptor.annotation)
    name = ", ".join(f"`{flag}`" for flag in (*parameter.opts, *parameter.secondary_opts))
    default = "" if is_switch or shown in (None, False) else f" (default: {getattr(shown, 'value', shown)})"
    return (
        name if is_option else f"`{parameter.metavar or parameter.name.upper()}`",
        f"`{value}`" if is_option and not is_switch else "",
        cell(f"{parameter.help or ''}{default}"),
        parameter.required and is_option,
    )


def _value(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"{{{','.join(kind)}}}"
    return {Path: "PATH", str: "TEXT", int: "N", float: "N"}.get(kind, "N")


def _section(said: str, rows: list[tuple[str, str, str, bool]], examples: list[str]) -> str:
    filled = ((name, value, f"{text} (required)" if needed else text) for name, value, text, needed in rows)
    shown = "".join(f"{line}\n" for line in examples)
    return f"{said}\n\n" + table(("word", "value", "meaning"), filled) + (f"\n```text\n{shown}```\n" if shown else "")
