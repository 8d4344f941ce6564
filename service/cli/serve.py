"""The commands `serve` and `check`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from digitgan import __version__
from digitgan.cli import startup
from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.contract.errors import require_runtime

if TYPE_CHECKING:
    from ..settings import Settings


def _service_options() -> Iterable[click.Parameter]:
    """Return an option for each setting of the service."""
    from digitgan.cli.settings import setting_options

    from ..settings import Settings

    return setting_options(Settings, Settings.model_fields)


@click.command(
    cls=Command,
    more_options=_service_options,
    examples="""
    {command}
    {command} --port 9000 --models-dir exported
    """,
)
@click.option("--check", "is_check", is_flag=True, help="Do what the command check does instead.")
def serve(is_check: bool, **given: Any) -> int:
    """Load every model, then answer HTTP requests until interrupted."""
    if is_check:
        _print_report(given, as_json=False)
        return 0
    with startup.loading():
        from ..telemetry import events, logs
        from .environment import service_settings
    require_runtime()
    settings = service_settings(given)
    logs.configure(settings.log_format)
    events.START.log(release=__version__, settings=settings.changed)
    try:
        status = _serve(settings)
    except Exception:
        logs.flush()  # so that what was logged comes before the error
        raise
    events.END.log(status=status)
    return status


def _serve(settings: "Settings") -> int:
    """Answer requests until a signal ends the service, and return the exit status."""
    if settings.n_workers > 1:
        with startup.loading():
            from ..process.supervisor import Supervisor
        return Supervisor(settings).run()
    with startup.loading():
        from ..process.server import serve
    return serve(settings)


@click.command(
    cls=Command,
    more_options=_service_options,
    examples="""
    {command}
    {command} --provider cuda --json
    """,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
def check(as_json: bool, **given: Any) -> None:
    """Report what serve would run on.

    It starts as serve does, up to listening, and each model runs one batch. Status 3 means that serve cannot start.
    """
    _print_report(given, as_json=as_json)


def _print_report(given: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what `serve` would run on.

    Args:
        given: values of options, by the name of the setting.
        as_json: print JSON rather than text.

    Raises:
        UsageError, CannotServe: as raised by `serve`.
    """
    with startup.loading():
        from .deployment import as_text, inspect_deployment
        from .environment import service_settings

    report = inspect_deployment(service_settings(given))
    print_result(report.model_dump_json(indent=2) if as_json else as_text(report))
