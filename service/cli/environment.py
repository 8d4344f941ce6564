"""What the environment says to every command: settings, and the form of errors."""

import logging
import os
from collections.abc import Mapping
from typing import Any

from digitgan.cli import messages
from digitgan.cli.settings import read_settings
from digitgan.engine.settings import PREFIX

from ..settings import Settings, refuse_unknown
from ..telemetry import events, logs

_log = logging.getLogger("service")


def check_variables(environment: Mapping[str, str] = os.environ) -> None:
    """Check that every ``DIGITGAN_`` variable is a setting, and report errors in the form that they ask for.

    Raises:
        CannotServe: a variable is not a setting.
    """
    if environment.get(f"{PREFIX}LOG_FORMAT") == "json":
        _log_as_json()
    refuse_unknown(environment)


def service_settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings of a service; from now on errors have the form of its log.

    Args:
        given: values of options, by the name of the setting.

    Raises:
        UsageError: values are not allowed.
    """
    settings = read_settings(Settings, given)
    if settings.log_format == "json":
        _log_as_json()
    return settings


def _log_as_json() -> None:
    logs.configure("json")
    messages.send_to(lambda message, is_error: events.FAILED.log(reason=message) if is_error else _log.info(message))
