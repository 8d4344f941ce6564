"""The command `write`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from digitgan.cli.command import Command
from digitgan.cli.startup import loading
from digitgan.cli.values import NUMBER, Decimal, Integer
from digitgan.contract.limits import MAX_DIGITS, MAX_GAP, MAX_SCALE, MAX_SEED, MAX_TRUNCATION

SETTINGS = ("models_dir", "provider", "threads", "mark")  # those that matter without a server


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.settings import setting_options
    from digitgan.engine.settings import EngineSettings
    from digitgan.formats.format import Use
    from digitgan.formats.registry import named

    formats = named(Use.FILE)
    suffixes = ", ".join(each.suffix for each in formats.values())
    return [
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"File to write: {suffixes}; - for standard output.",
        ),
        click.Option(
            ["--format", "format_name"],
            type=click.Choice(list(formats)),
            help="Format of FILE, if its name does not say.",
        ),
        *setting_options(EngineSettings, SETTINGS),
    ]


@click.command(
    cls=Command,
    more_options=_options,
    examples="""
    {command} 2026                               in the terminal, in a random hand
    {command} 2026 --seed 7 -o year.png          the same picture each time
    {command} 12 34 --scale 8 -o numbers.webp    two numbers, one below the other
    {command} 2026 --seed 7 -o year.gif          one digit at a time
    {command} 2026 --seed 7 -o - | file -
    """,
)
@click.argument(
    "numbers",
    nargs=-1,
    required=True,
    type=NUMBER,
    metavar="NUMBER...",
    help=f"Numbers of 1 to {MAX_DIGITS} digits.",
)
@click.option("--seed", type=Integer(0, MAX_SEED), help="Decides the hand; without it, a random one, which is printed.")
@click.option("--model", metavar="NAME", help="Model; without it, the configured one.")
@click.option("--version", metavar="NAME", help="Version of the model; without it, the newest.")
@click.option(
    "--truncation",
    type=Decimal(0, MAX_TRUNCATION),
    default=1.0,
    help="Scales the style: below 1 more typical, above 1 more varied.",
)
@click.option("--scale", type=Integer(1, MAX_SCALE), default=1, help="Side of the square that each pixel becomes.")
@click.option("--gap", type=Integer(0, MAX_GAP), show_default="0", help="Pixels between digits, before scaling.")
@click.option("--invert", is_flag=True, help="Black ink on white.")
@click.option(
    "--metadata", is_flag=True, help="Say in the file that a model made it, and in a PNG what it was made from."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that describes the result, for scripts.")
def write(**given: Any) -> None:
    """Write numbers in one hand: in this terminal, or to a file.

    No server is needed, and a file has the same bytes as the service's answer.
    """
    with loading():
        from digitgan.cli.pictures import write_numbers
        from digitgan.cli.settings import read_settings
        from digitgan.engine.settings import EngineSettings

    settings = read_settings(EngineSettings, {name: given.pop(name) for name in SETTINGS})
    write_numbers(settings, **given)
