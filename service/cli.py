"""Knows the service's command line: parse, build the settings, call. Does not do work of its own.

Every flag is made from a field of `service.settings.Settings`, so help, environment and flags cannot drift apart.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
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
_INSPECT_EXAMPLES = """examples:
  python -m service inspect seven.png
  python -m service inspect seven.png --json | jq .request
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its status: 0 done, 1 failed, 2 usage, 3 could not start, 130 interrupted."""
    given = vars(_parser().parse_args(arguments))
    if given.pop("command") == "inspect":
        return _inspect(**given)
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
    inspect = commands.add_parser(
        "inspect",
        help="say what a PNG comes from",
        description="Print what a PNG that was asked for with metadata says of its origin, and how to get it again.",
        epilog=_INSPECT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inspect.add_argument("file", type=Path, metavar="FILE", help="a PNG file")
    inspect.add_argument(
        "--url", metavar="URL", default="http://localhost:8000", help="service to ask (default: %(default)s)"
    )
    inspect.add_argument("--json", action="store_true", help="print one JSON object instead, for scripts")
    return parser


def _inspect(file: Path, url: str, *, json: bool) -> int:
    from service.inspection import CannotInspect, inspect  # not above: as for the server

    try:
        inspection = inspect(file)
    except CannotInspect as error:
        _complain(str(error))
        return exits.FAILED
    sys.stdout.write(inspection.as_json(url) if json else inspection.as_text(url))
    return 0


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _metavar(kind: Any) -> str:
    return {int: "N", str: "TEXT"}.get(kind, "NAME")


def _complain(message: str) -> None:
    print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - this is what a person at the command line reads
