"""Knows the service's command line: parse, build the settings, call. Does not do work of its own.

Every flag is made from a field of `service.settings.Settings`, so help, environment and flags cannot drift apart.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from service import exits
from service.engine.errors import CannotServe
from service.settings import PREFIX, Settings, refuse_unknown
from service.supervisor import Supervisor

_EXAMPLES = """examples:
  python -m service serve
  python -m service serve --port 9000 --models-dir exported
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 2 usage, 3 could not start, 130 interrupted."""
    given = vars(_parser().parse_args(arguments))
    given.pop("command")
    try:
        refuse_unknown()
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
        if settings.n_workers > 1:
            return Supervisor(settings, _complain).run()
        from service.server import serve  # not above: a supervisor is small because it never loads this

        return serve(settings)
    except ValidationError as error:
        for fault in error.errors():
            field = str(fault["loc"][0])
            _complain(f"{PREFIX}{field.upper()} / {_flag(field)} = {fault['input']!r}: {fault['msg']}")
        return exits.USAGE
    except CannotServe as error:
        _complain(str(error))
        return exits.COULD_NOT_START


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Hand-drawn digits from a GAN, over HTTP.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="answer HTTP requests",
        description="Load every model, then answer HTTP requests until interrupted.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, field in Settings.model_fields.items():
        text = f"{field.description} (default: {field.default}; environment: {PREFIX}{name.upper()})"
        serve.add_argument(_flag(name), dest=name, metavar=_metavar(field.annotation), help=text)
    return parser


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _metavar(kind: Any) -> str:
    return {int: "N", float: "N", str: "TEXT"}.get(kind, "NAME")


def _complain(message: str) -> None:
    print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - this is what a person at the command line reads
