"""The command `dataset`."""

from collections.abc import Iterable
from typing import Any

import click

from digitgan.cli.command import Command
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer
from digitgan.cli.write import SETTINGS, hand_of_like, like_option
from digitgan.contract.limits import MAX_SEED

_WORDED = ("count", "seed", "hand", "model", "version")  # fields whose options are worded below


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.fields import dataset_options
    from digitgan.dataset.spec import DatasetSpec
    from digitgan.formats.format import Use

    return dataset_options(DatasetSpec, _WORDED, Use.DATASET, "idx, MNIST's files,")


@click.command(
    cls=Command,
    more_options=_options,
    examples="""
    {command} --count 60000 -o mnist/                       the files of MNIST's training set
    {command} --count 1000 --format folders -o digits/      one folder a class
    {command} --count 1000 --seed 60000 -o more.parquet
    {command} --count 60000 --labels mnist -o mnist/        each digit as often as MNIST has it
    {command} --count 10000 --verified --difficulty 4 -o hard/   digits that are hard to read, and read as asked
    {command} --count 10000000 --shard-images 10000 -o many/   again, to resume where it was interrupted
    {command} --count 10000000 --ray -o many/               on all nodes of a cluster
    {command} --count 10000000 --shard-images 10000 -o s3://bucket/many   or gs://, abfss://, hdfs://
    """,
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    required=True,
    metavar="PATH",
    help="A folder, a file, or - for standard output. For shards also a folder of object storage: s3://BUCKET/FOLDER.",
)
@click.option("--count", type=Integer(1), required=True, help="How many images.")
@click.option("--seed", type=Integer(0, MAX_SEED), default=0, help="Seed of the first image; the others follow.")
@click.option("--hand", metavar="TOKEN", help="The hand of all images; without it, each seed is a hand.")
@like_option
@click.option("--model", metavar="NAME", help="Model; without it, the configured one.")
@click.option("--version", metavar="NAME", help="Version of the model; without it, the newest.")
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
    """Write labelled digits, balanced over the classes by default.

    No server is needed, and a file has the same bytes as the service's answer.
    """
    with loading():
        from digitgan.cli.datasets import write_dataset
        from digitgan.cli.settings import read_settings
        from digitgan.dataset.spec import DatasetSpec
        from digitgan.engine.settings import EngineSettings

    settings = read_settings(EngineSettings, {name: given.pop(name) for name in SETTINGS})
    about_hand = hand_of_like(settings, given, ("hand",))
    fields = {name: value for name in DatasetSpec.model_fields if (value := given.pop(name)) is not None}
    write_dataset(settings, DatasetSpec(**fields), about_hand=about_hand, **given)
