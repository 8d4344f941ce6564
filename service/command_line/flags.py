"""Knows how a setting, or a field of a request, becomes a flag: name, type, help, and what is no number.

Does not know commands.
"""

import argparse
import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from service.command_line import settings_page
from service.command_line.words import number
from service.requests.fields import MAX_DIGITS


def add_settings(command: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Add flags for settings."""
    for row in settings_page.rows():
        if row.name in names:
            text = f"{row.meaning} (default: {row.default}; environment: {row.variable})"
            command.add_argument(row.flag, dest=row.name, metavar=_metavar(row), help=text)


def add_fields(
    command: argparse.ArgumentParser, kind: type[BaseModel], names: Iterable[str], required: Sequence[str] = ()
) -> None:
    """Add flags for fields of a request."""
    for name in names:
        field = kind.model_fields[name]
        is_text = name in ("model", "version")
        default = "" if is_text or name in required else f" (default: {field.default})"
        command.add_argument(
            flag(name),
            type=str if is_text else number,
            metavar="NAME" if is_text else "N",
            required=name in required,
            help=f"{field.description}{default}",
        )


def digits(text: str) -> str:
    """Return a number to write.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not re.fullmatch(rf"[0-9]{{1,{MAX_DIGITS}}}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number: 1 to {MAX_DIGITS} digits, for example 2026")
    return text


def flag(field: str) -> str:
    """Return the flag of a field."""
    return "--" + field.replace("_", "-")


def _metavar(row: settings_page.Row) -> str:
    if row.type in ("text", "switch") and row.allowed:
        return f"{{{row.allowed.replace(', ', ',')}}}"
    return {"integer": "N", "number": "N", "path": "PATH", "list": "LIST"}.get(row.type, "TEXT")
