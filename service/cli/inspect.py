"""The command `inspect`."""

from pathlib import Path

import click

from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading


@click.command(
    cls=Command,
    examples="""
    {command} seven.png
    {command} seven.png --json | jq .request
    """,
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE", help="A PNG file.")
@click.option("--url", metavar="URL", default="http://localhost:8000", help="Service to request the picture from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead, for scripts.")
def inspect(file: Path, url: str, as_json: bool) -> None:
    """Print what a PNG was made from.

    A PNG that was requested with metadata says what it was made from, and how to get it again.
    """
    with loading():
        from .inspection import CannotInspect, inspect

    try:
        inspection = inspect(file)
    except CannotInspect as error:
        raise click.ClickException(str(error)) from None
    print_result(inspection.as_json(url) if as_json else inspection.as_text(url), end="")
