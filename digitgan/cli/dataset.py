"""The command `dataset`."""

from collections.abc import Iterable
from typing import Any

import click

from digitgan.cli.command import Command
from digitgan.cli.startup import loading
from digitgan.cli.values import Decimal, Integer
from digitgan.cli.write import SETTINGS
from digitgan.contract.limits import MAX_SEED, MAX_TRUNCATION


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.settings import setting_options
    from digitgan.engine.settings import EngineSettings
    from digitgan.formats.format import Use
    from digitgan.formats.registry import named

    formats = named(Use.DATASET)
    files = ", ".join(f"{each.name} ({each.suffix})" for each in formats.values())
    return [
        click.Option(
            ["--format", "format_name"],
            type=click.Choice(list(formats)),
            help=f"Format: {files}. Without it, what the file's name says, and idx, MNIST's files, in a folder.",
        ),
        *setting_options(EngineSettings, SETTINGS),
    ]


@click.command(
    cls=Command,
    more_options=_options,
    examples="""
    {command} --count 60000 -o mnist/                       the files of MNIST's training set
    {command} --count 1000 --format folders -o digits/      one folder a class
    {command} --count 1000 --seed 60000 -o more.parquet
    {command} --count 10000000 --shard-images 10000 -o many/   again, to resume where it was interrupted
    {command} --count 10000000 --ray -o many/               on all nodes of a cluster
    """,
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    required=True,
    metavar="PATH",
    help="A folder, a file, or - for standard output.",
)
@click.option("--count", type=Integer(1), required=True, help="Images; the classes differ by at most one image.")
@click.option("--seed", type=Integer(0, MAX_SEED), default=0, help="Seed of the first image; the others follow.")
@click.option("--model", metavar="NAME", help="Model; without it, the configured one.")
@click.option("--version", metavar="NAME", help="Version of the model; without it, the newest.")
@click.option(
    "--truncation",
    type=Decimal(0, MAX_TRUNCATION),
    default=1.0,
    help="Scales the style: below 1 more typical, above 1 more varied.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object that describes the result, for scripts.")
@click.option(
    "--shard-images",
    type=Integer(1),
    help="Fill a folder with Parquet files of N images each, a multiple of the classes; complete files are kept.",
)
@click.option(
    "--ray",
    "on_ray",
    is_flag=True,
    help="Make shards of 10,000 images on the Ray cluster of RAY_ADDRESS, or on one that is started here.",
)
@click.option(
    "--workers",
    type=Integer(1, 256),
    help="Processes that generate images; without it, one for each processor if the data set is large.",
)
def dataset(**given: Any) -> None:
    """Write labelled digits, balanced over the classes.

    No server is needed, and a file has the same bytes as the service's answer.
    """
    with loading():
        from digitgan.cli.datasets import write_dataset
        from digitgan.cli.settings import read_settings
        from digitgan.dataset.spec import DatasetSpec
        from digitgan.engine.settings import EngineSettings

    settings = read_settings(EngineSettings, {name: given.pop(name) for name in SETTINGS})
    spec = DatasetSpec(**{name: given.pop(name) for name in ("count", "seed", "truncation", "model", "version")})
    write_dataset(settings, spec, **given)
