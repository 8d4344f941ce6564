"""The command `serve`."""

import signal
from collections.abc import Iterable
from typing import Any

import click

from digitgan.cli import exits, startup
from digitgan.cli.command import Command
from digitgan.cli.messages import print_note


def service_options() -> Iterable[click.Parameter]:
    """Return an option for each setting of the service."""
    from digitgan.cli.settings import setting_options
    from service.settings import Settings

    return setting_options(Settings, Settings.model_fields)


@click.command(
    cls=Command,
    more_options=service_options,
    examples="""
    {command}
    {command} --port 9000 --models-dir exported
    """,
)
@click.option("--check", "is_check", is_flag=True, help="Do what the command check does instead.")
def serve(is_check: bool, **given: Any) -> int:
    """Load every model, then answer HTTP requests until interrupted."""
    if is_check:
        from service.cli.check import print_report

        print_report(given, as_json=False)
        return 0
    with startup.loading():
        from service.cli.environment import service_settings
    settings = service_settings(given)
    if settings.n_workers > 1:  # a supervisor is small because it never loads the server
        with startup.loading():
            from service.process.supervisor import Supervisor
        return Supervisor(settings, print_note).run()
    # While the server loads, no request can be in progress, and the newest models are loaded anyway. The first process
    # of a container is not even told of a signal that it does not handle.
    startup.end_at(signal.SIGTERM, 0)
    startup.end_at(signal.SIGINT, exits.INTERRUPTED)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from service.process.server import serve

    return serve(settings)
