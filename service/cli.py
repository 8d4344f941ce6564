"""Knows the service's command line: its words, and which command they call. Does not do work of its own.

Every flag of `serve` and `check` is made from a field of `service.settings.Settings`, so help, environment and flags
cannot drift apart.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service import commands, exits, reference
from service.access.key_file import KeysUnusable
from service.commands import complain
from service.engine.errors import CannotServe
from service.settings import PREFIX, refuse_unknown

_SERVE_EXAMPLES = """examples:
  python -m service serve
  python -m service serve --port 9000 --models-dir exported
"""
_CHECK_EXAMPLES = """examples:
  python -m service check
  python -m service check --provider cuda --json
"""
_KEY_EXAMPLES = """examples:
  python -m service keys add shop --keys-file keys.json
  DIGITGAN_KEYS_FILE=keys.json python -m service keys list
"""
_INSPECT_EXAMPLES = """examples:
  python -m service inspect seven.png
  python -m service inspect seven.png --json | jq .request
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    It is 0 done, 1 failed, 2 usage, 3 could not start, 130 interrupted.
    """
    given = vars(_parser().parse_args(arguments))
    run: Callable[..., int] = given.pop("run")
    try:
        refuse_unknown()
        return run(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors():
            field = str(fault["loc"][0])
            complain(f"{PREFIX}{field.upper()} / {_flag(field)} = {fault['input']!r}: {fault['msg']}")
        return exits.USAGE
    except CannotServe as error:
        complain(str(error))
        return exits.COULD_NOT_START
    except KeysUnusable as error:
        complain(str(error))
        return exits.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Hand-drawn digits from a GAN, over HTTP.")
    commands_of = parser.add_subparsers(required=True, metavar="command")
    serve = _add(
        commands_of,
        "serve",
        commands.serve,
        "answer HTTP requests",
        "Load every model, then answer HTTP requests until interrupted.",
        _SERVE_EXAMPLES,
    )
    serve.add_argument("--check", dest="is_check", action="store_true", help="do what the command check does instead")
    check = _add(
        commands_of,
        "check",
        commands.check,
        "say what serve would run on",
        "Load every model as serve would, run a batch of each, say on what; status 3: serve cannot start.",
        _CHECK_EXAMPLES,
    )
    check.add_argument("--json", action="store_true", help="for machines")
    for command in (serve, check):
        for row in reference.rows():
            text = f"{row.meaning} (default: {row.default}; environment: {row.variable})"
            command.add_argument(row.flag, dest=row.name, metavar=_metavar(row.type), help=text)
    keys = _add(
        commands_of,
        "keys",
        commands.keys,
        "make, list and remove API keys",
        "Change the file of API keys. A service that runs with it takes the change within a second.",
        _KEY_EXAMPLES,
    )
    keys.add_argument("action", choices=["add", "list", "remove"], help="add prints the new key, this once")
    keys.add_argument("name", nargs="?", help="whose key, for add and remove")
    keys.add_argument("--keys-file", metavar="PATH", help=f"the file (environment: {PREFIX}KEYS_FILE)")
    inspect = _add(
        commands_of,
        "inspect",
        commands.inspect,
        "say what a PNG comes from",
        "Print what a PNG that was asked for with metadata says of its origin, and how to get it again.",
        _INSPECT_EXAMPLES,
    )
    inspect.add_argument("file", type=Path, metavar="FILE", help="a PNG file")
    inspect.add_argument(
        "--url", metavar="URL", default="http://localhost:8000", help="service to ask (default: %(default)s)"
    )
    inspect.add_argument("--json", action="store_true", help="print one JSON object instead, for scripts")
    _add(commands_of, "settings", commands.settings, "print the page of all settings", "Print docs/configuration.md.")
    return parser


def _add(
    commands_of: Any, name: str, run: Callable[..., int], text: str, description: str, examples: str | None = None
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands_of.add_parser(
        name,
        help=text,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _metavar(kind: str) -> str:
    return {"integer": "N", "number": "N", "text": "TEXT"}.get(kind, "NAME")
