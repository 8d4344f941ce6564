"""The command `write`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitgan.cli.command import Command
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer
from digitgan.contract.limits import MAX_DIGITS, MAX_SEED, SIGNS_IN_WORDS

if TYPE_CHECKING:
    from digitgan.engine.settings import EngineSettings

SETTINGS = ("models_dir", "provider", "threads", "mark")  # those that matter without a server

like_option = click.option(
    "--like",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write in the hand of the digit in a picture: PNG, JPEG or WebP, or - for standard input. Repeat it for "
    "several pictures of one hand.",
)


def hand_of_like(settings: "EngineSettings", given: dict[str, Any], others: Sequence[str]) -> dict[str, Any]:
    """Replace the pictures among the options of a command by their hand.

    Args:
        settings: the engine's settings.
        given: the options, which change.
        others: options that choose a hand too, and so exclude --like.

    Returns:
        What was read, for the JSON object that describes the result; empty without pictures.

    Raises:
        UsageError, CannotServe, RunFailed: as raised by `hand_like`, or one of the other options was given.
    """
    files = given.pop("like")
    if not files:
        return {}
    for other in others:
        if given[other] is not None:
            raise click.UsageError(f"--like: give only one of --like and --{other}")
    with loading():
        from digitgan.cli.hands import hand_like  # loads what reads pictures
    found = hand_like(settings, files, given["model"], given["version"], as_json=given["as_json"])
    given["hand"] = found.token
    return {"read": found.about}


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.fields import field_options
    from digitgan.cli.settings import setting_options
    from digitgan.engine.settings import EngineSettings
    from digitgan.formats.format import Use
    from digitgan.formats.numbers import NumberSpec
    from digitgan.formats.registry import named
    from digitgan.picture.looks import PageLooks, WritingLooks

    formats = named(Use.FILE)
    suffixes = ", ".join(each.suffix for each in formats.values())
    fields = dict.fromkeys(["truncation", *WritingLooks.model_fields, *PageLooks.model_fields])
    return [
        *field_options(NumberSpec, fields),
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
    {command} "1,250.50" -o amount.png           signs of amounts, dates and telephone numbers
    {command} --ink --layout natural -- -3.5     in ink, as people write it; -- precedes a minus
    {command} 2026 --seed 7 -o year.gif          one digit at a time
    {command} 2026 --seed 7 -o y.svg --animate   stroke by stroke
    {command} 2026 --like seven.png -o year.png  in the hand of a picture; repeat --like for more pictures
    {command} 2026 --seed 7 -o - | file -
    """,
)
@click.argument(
    "numbers",
    nargs=-1,
    required=True,
    metavar="NUMBER...",
    help=f"Numbers of 1 to {MAX_DIGITS} digits and signs: {SIGNS_IN_WORDS}. "
    "Numbers that begin with - come last, after --.",
)
@click.option("--seed", type=Integer(0, MAX_SEED), help="Decides the hand; without it, a random one, which is printed.")
@click.option("--hand", metavar="TOKEN", help="The hand, as --like prints it, in place of a seed.")
@like_option
@click.option("--model", metavar="NAME", help="Model; without it, the configured one.")
@click.option("--version", metavar="NAME", help="Version of the model; without it, the newest.")
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
    about_hand = hand_of_like(settings, given, ("seed", "hand"))
    write_numbers(settings, about_hand=about_hand, **given)
