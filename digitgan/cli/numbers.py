"""The command `dataset numbers`."""

from collections.abc import Iterable
from typing import Any

import click

from digitgan.cli.command import Command
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer
from digitgan.cli.write import SETTINGS, hand_of_like, like_option
from digitgan.contract.limits import MAX_DATASET_IMAGES, MAX_SEED

_WORDED = ("pattern", "count", "seed", "hand", "model", "version")  # fields whose options are worded below


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.fields import dataset_options
    from digitgan.dataset.numbers import NumbersSpec
    from digitgan.formats.format import Use
    from digitgan.formats.registry import LABELLED_FILES

    return dataset_options(NumbersSpec, _WORDED, Use.NUMBERS, LABELLED_FILES.name)


@click.command(
    "dataset numbers",
    cls=Command,
    more_options=_options,
    examples="""
    {command} --pattern dd/mm/yyyy --count 1000 -o dates/           pictures, and labels.jsonl
    {command} --pattern "[1,000.00-9,999.99]" --count 1000 -o amounts.zip
    {command} --pattern "#{5}" --count 1000 --height 32 --width 160 -o codes/
    {command} --pattern "#{8}" --count 1000 --format coco --masks -o coco.zip
    {command} --pattern dd/mm/yyyy --count 1000 --invert --distortions form,paper,blur -o scans/
    {command} --pattern "#{12}E" --count 1000 --no-ink -o eans/
    """,
)
@click.option("--pattern", required=True, metavar="TEXT", help="What the numbers look like; docs/numbers-datasets.md.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    required=True,
    metavar="PATH",
    help="A folder, a file, or - for standard output.",
)
@click.option("--count", type=Integer(1, MAX_DATASET_IMAGES), required=True, help="How many numbers.")
@click.option("--seed", type=Integer(0, MAX_SEED), default=0, help="Seed of the first number; the others follow.")
@click.option("--hand", metavar="TOKEN", help="The hand of all numbers; without it, each seed is a hand.")
@like_option
@click.option("--model", metavar="NAME", help="Model; without it, the configured one.")
@click.option("--version", metavar="NAME", help="Version of the model; without it, the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that describes the result, for scripts.")
@click.option(
    "--workers",
    type=Integer(1, 256),
    help="Processes that write numbers; without it, one for each processor if the data set is large.",
)
def numbers(**given: Any) -> None:
    """Write labelled numbers, such as dates, amounts or codes.

    No server is needed, and a file has the same bytes as the service's answer.
    """
    with loading():
        from digitgan.cli.datasets import write_numbers
        from digitgan.cli.settings import read_settings
        from digitgan.engine.settings import EngineSettings

    settings = read_settings(EngineSettings, {name: given.pop(name) for name in SETTINGS})
    about_hand = hand_of_like(settings, given, ("hand",))
    about_output = {name: given.pop(name) for name in ("output", "format_name", "as_json", "workers")}
    write_numbers(settings, given, about_hand=about_hand, **about_output)
