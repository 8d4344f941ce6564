"""The command `check`."""

from collections.abc import Mapping
from typing import Any

import click

from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading
from service.cli.serve import service_options


@click.command(
    cls=Command,
    more_options=service_options,
    examples="""
    {command}
    {command} --provider cuda --json
    """,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
def check(as_json: bool, **given: Any) -> None:
    """Report what serve would run on.

    Every model is loaded as serve would load it and runs one batch. Status 3 means that serve cannot start.
    """
    print_report(given, as_json=as_json)


def print_report(given: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what `serve` would run on.

    Args:
        given: values of options, by the name of the setting.
        as_json: print JSON rather than text.

    Raises:
        UsageError, CannotServe: as `serve`.
    """
    with loading():
        from service.cli.deployment import as_text, inspect_deployment
        from service.cli.environment import service_settings

    report = inspect_deployment(service_settings(given))
    print_result(report.model_dump_json(indent=2) if as_json else as_text(report))
