"""Knows the service's command line: parse, build the settings, call. Does not do work of its own.

Every flag is made from a field of `service.settings.Settings`, so help, environment and flags cannot drift apart.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from service import exits
from service.engine.errors import CannotServe
from service.settings import PREFIX, Settings, refuse_unknown
from service.supervisor import Supervisor
from service.telemetry import logs

_SERVE_EXAMPLES = """examples:
  python -m service serve
  python -m service serve --port 9000 --models-dir exported
"""
_CHECK_EXAMPLES = """examples:
  python -m service check
  python -m service check --provider cuda --json
"""

log = logging.getLogger("service")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 2 usage, 3 could not start, 130 interrupted."""
    given = vars(_parser().parse_args(arguments))
    is_check = given.pop("command") == "check" or given.pop("check", False)
    as_json = given.pop("json", False)
    say: Callable[[str], None] = _say
    complain: Callable[[str], None] = _say
    try:
        refuse_unknown()
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
        if settings.log_format == "json":
            logs.configure("json")
            say, complain = log.info, log.error
        if is_check:
            return _check(settings, as_json=as_json)
        if settings.n_workers > 1:
            return Supervisor(settings, say).run()
        from service.server import serve  # not above: a supervisor is small because it never loads this

        return serve(settings)
    except ValidationError as error:
        for fault in error.errors():
            field = str(fault["loc"][0])
            complain(f"{PREFIX}{field.upper()} / {_flag(field)} = {fault['input']!r}: {fault['msg']}")
        return exits.USAGE
    except CannotServe as error:
        complain(str(error))
        return exits.COULD_NOT_START


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Hand-drawn digits from a GAN, over HTTP.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="answer HTTP requests",
        description="Load every model, then answer HTTP requests until interrupted.",
        epilog=_SERVE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--check", action="store_true", help="do what the command check does instead")
    check = commands.add_parser(
        "check",
        help="say what serve would run on",
        description="Load every model as serve would, run a batch of each, say on what; status 3: serve cannot start.",
        epilog=_CHECK_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("--json", action="store_true", help="for machines")
    for command in (serve, check):
        for name, field in Settings.model_fields.items():
            text = f"{field.description} (default: {field.default}; environment: {PREFIX}{name.upper()})"
            command.add_argument(_flag(name), dest=name, metavar=_metavar(field.annotation), help=text)
    return parser


def _check(settings: Settings, *, as_json: bool) -> int:
    from service.check import as_text, check  # as the server above

    report = check(settings)
    print(report.model_dump_json(indent=2) if as_json else as_text(report))  # noqa: T201 - the command's result
    return 0


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _metavar(kind: Any) -> str:
    return {int: "N", str: "TEXT"}.get(kind, "NAME")


def _say(message: str) -> None:
    print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - this is what a person at the command line reads
