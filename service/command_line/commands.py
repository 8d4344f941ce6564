"""Knows what each command of the command line does: what it needs, what it prints, its exit status.

Does not know words and flags (`cli`), nor how images become files (`file_commands`). Each loads what it needs itself,
so that none pays for another: a supervisor is small because it never loads the server.
"""

import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from digitgan.cli import exits, startup
from service.access import key_file
from service.command_line import settings_page
from service.process.supervisor import Supervisor
from service.settings import PREFIX, Settings
from service.telemetry import logs

log = logging.getLogger("service")


def serve(*, is_check: bool = False, **given: Any) -> int:
    """Answer requests until told to stop.

    Raises:
        ValidationError, CannotServe: as for what is given, or for a model, the port or the provider.
    """
    if is_check:
        return check(**given)
    settings = _settings(given)
    if settings.n_workers > 1:
        return Supervisor(settings, _say).run()
    # While it loads there is no request to finish, and what it loads is the newest that there is. A container's first
    # process is not even told of a signal that it does nothing about.
    startup.end_at(signal.SIGTERM, 0)
    startup.end_at(signal.SIGINT, exits.INTERRUPTED)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from service.process.server import serve

    return serve(settings)


def check(*, json: bool = False, **given: Any) -> int:
    """Print what `serve` would run on, found out by running it.

    Raises:
        ValidationError, CannotServe: as `serve`.
    """
    from service.command_line.check import as_text, check

    report = check(_settings(given))
    _print(report.model_dump_json(indent=2) if json else as_text(report))
    return 0


def keys(action: str, name: str | None = None, **given: Any) -> int:
    """Add, list or remove keys.

    Raises:
        ValidationError, KeysUnusable: as for what is given, or for the file of keys.
    """
    path = _settings(given).keys_file
    if path is None:
        complain(f"{PREFIX}KEYS_FILE / --keys-file: which file the keys are in must be said")
        return exits.USAGE
    if (name is None) != (action == "list"):
        complain(f"keys {action} takes {'no name' if action == 'list' else 'a name'}")
        return exits.USAGE
    if action == "add":
        _print(key_file.add_key(path, str(name)))
        _say("this is the only time that the key is shown")
    elif action == "remove":
        key_file.remove_key(path, str(name))
    else:
        for record in key_file.read_keys(path):
            _print(f"{record.name}\t{record.created:%Y-%m-%d %H:%M:%SZ}")
    return 0


def inspect(file: Path, url: str, *, json: bool) -> int:
    """Print what a PNG says of its origin."""
    from service.command_line.inspection import CannotInspect, inspect

    try:
        inspection = inspect(file)
    except CannotInspect as error:
        complain(str(error))
        return exits.FAILED
    _print(inspection.as_json(url) if json else inspection.as_text(url), end="")
    return 0


def write(numbers: list[str], **given: Any) -> int:
    """Write numbers in one hand, without a server.

    Raises:
        ValidationError, CannotServe, RunFailed, WrongWords, OSError: as for what is given, the engine, or the file.
    """
    from service.command_line import file_commands

    _print(file_commands.write(_settings_among(given), numbers, **given), end="")
    return 0


def dataset(**given: Any) -> int:
    """Write a labelled data set, without a server.

    Raises:
        ValidationError, CannotServe, RunFailed, WrongWords, OSError: as `write`.
    """
    from service.command_line import file_commands

    _print(file_commands.dataset(_settings_among(given), **given), end="")
    return 0


def settings() -> int:
    """Print the page of all settings."""
    _print(settings_page.markdown(), end="")
    return 0


def complain(message: str) -> None:
    """Tell whoever started the command that something is wrong, in the form that the log has."""
    _say(message, logging.ERROR)


def _settings(given: dict[str, Any]) -> Settings:
    settings = Settings(**given)
    if settings.log_format == "json":
        logs.configure("json")
    return settings


def _settings_among(given: dict[str, Any]) -> Settings:
    """Take what is a setting out of what is given, and return the settings."""
    return _settings({name: given.pop(name) for name in Settings.model_fields if name in given})


def _say(message: str, level: int = logging.INFO) -> None:
    if logs.are_json():
        log.log(level, message)
    else:
        with suppress(OSError):  # who reads it is gone, or its disk is full: no reason to serve no more
            print(f"digitgan: {message}", file=sys.stderr)  # noqa: T201 - this is what a person reads


def _print(text: str, end: str = "\n") -> None:
    print(text, end=end)  # noqa: T201 - the result of a command
