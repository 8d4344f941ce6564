"""Knows the service's command line: parse, build the settings, call. Does not do work of its own.

Every flag is made from a field of `service.settings.Settings`, so help, environment and flags cannot drift apart.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service import exits, reference
from service.access import key_file
from service.engine.errors import CannotServe
from service.settings import PREFIX, Settings, refuse_unknown
from service.supervisor import Supervisor

_EXAMPLES = """examples:
  python -m service serve
  python -m service serve --port 9000 --models-dir exported
"""
_INSPECT_EXAMPLES = """examples:
  python -m service inspect seven.png
  python -m service inspect seven.png --json | jq .request
"""
_KEY_EXAMPLES = """examples:
  python -m service keys add shop --keys-file keys.json
  DIGITGAN_KEYS_FILE=keys.json python -m service keys list
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
            _complain(f"{PREFIX}{field.upper()} / {_flag(field)} = {fault['input']!r}: {fault['msg']}")
        return exits.USAGE
    except CannotServe as error:
        _complain(str(error))
        return exits.COULD_NOT_START
    except key_file.KeysUnusable as error:
        _complain(str(error))
        return exits.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Hand-drawn digits from a GAN, over HTTP.")
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = _add(
        commands,
        "serve",
        _serve,
        "answer HTTP requests",
        "Load every model, then answer HTTP requests until interrupted.",
        _EXAMPLES,
    )
    for row in reference.rows():
        text = f"{row.meaning} (default: {row.default}; environment: {row.variable})"
        serve.add_argument(row.flag, dest=row.name, metavar=_metavar(row.type), help=text)
    keys = _add(
        commands,
        "keys",
        _keys,
        "make, list and remove API keys",
        "Change the file of API keys. A service that runs with it takes the change within a second.",
        _KEY_EXAMPLES,
    )
    keys.add_argument("action", choices=["add", "list", "remove"], help="add prints the new key, this once")
    keys.add_argument("name", nargs="?", help="whose key, for add and remove")
    keys.add_argument("--keys-file", metavar="PATH", help=f"the file (environment: {PREFIX}KEYS_FILE)")
    inspect = _add(
        commands,
        "inspect",
        _inspect,
        "say what a PNG comes from",
        "Print what a PNG that was asked for with metadata says of its origin, and how to get it again.",
        _INSPECT_EXAMPLES,
    )
    inspect.add_argument("file", type=Path, metavar="FILE", help="a PNG file")
    inspect.add_argument(
        "--url", metavar="URL", default="http://localhost:8000", help="service to ask (default: %(default)s)"
    )
    inspect.add_argument("--json", action="store_true", help="print one JSON object instead, for scripts")
    _add(commands, "settings", _settings, "print the page of all settings", "Print docs/configuration.md.")
    return parser


def _add(
    commands: Any, name: str, run: Callable[..., int], text: str, description: str, examples: str | None = None
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _serve(**given: str) -> int:
    settings = Settings(**given)  # type: ignore[arg-type] # pydantic reads the text
    if settings.n_workers > 1:
        return Supervisor(settings, _complain).run()
    from service.server import serve  # not above: a supervisor is small because it never loads this

    return serve(settings)


def _inspect(file: Path, url: str, *, json: bool) -> int:
    from service.inspection import CannotInspect, inspect  # not above: as for the server

    try:
        inspection = inspect(file)
    except CannotInspect as error:
        _complain(str(error))
        return exits.FAILED
    _print(inspection.as_json(url) if json else inspection.as_text(url), end="")
    return 0


def _keys(action: str, name: str | None = None, **given: str) -> int:
    path = Settings(**given).keys_file  # type: ignore[arg-type]
    if path is None:
        _complain(f"{PREFIX}KEYS_FILE / --keys-file: which file the keys are in must be said")
        return exits.USAGE
    if (name is None) != (action == "list"):
        _complain(f"keys {action} takes {'no name' if action == 'list' else 'a name'}")
        return exits.USAGE
    if action == "add":
        _print(key_file.add_key(path, str(name)))
        _complain("this is the only time that the key is shown")
    elif action == "remove":
        key_file.remove_key(path, str(name))
    else:
        for record in key_file.read_keys(path):
            _print(f"{record.name}\t{record.created:%Y-%m-%d %H:%M:%SZ}")
    return 0


def _settings() -> int:
    _print(reference.markdown(), end="")
    return 0


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _metavar(kind: str) -> str:
    return {"integer": "N", "number": "N", "text": "TEXT"}.get(kind, "NAME")


def _print(text: str, end: str = "\n") -> None:
    print(text, end=end)  # noqa: T201 - the result of a command


def _complain(message: str) -> None:
    print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - this is what a person at the command line reads
