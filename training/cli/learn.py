"""The commands that learn something beside generators: `judge`, `encoder` and `map`."""

from pathlib import Path
from typing import get_args

import click

from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer

from .. import stages
from ..choices import ENCODER_ITERATIONS, Architecture, Colour
from . import options
from .command import TrainingCommand, stderr_console


@click.command(cls=TrainingCommand, examples="{command} plain --data fashion --to judges")
@click.argument("architecture", type=click.Choice(get_args(Architecture)), help="Which of the two judges.")
@click.option(
    "--to", type=options.FOLDER, metavar="FOLDER", required=True, help="Folder of the weights and their manifest."
)
@options.data_option()
@options.data_dir_option
@click.option(
    "--seed", type=Integer(0), default=1, help="Decides the first weights, the order of the data and the shifts."
)
@click.option(
    "--steps", type=Integer(10), default=4700, help="Batches of 128; 4,700 are ten epochs of MNIST, five minutes."
)
@options.look_options()
def judge(
    architecture: Architecture,
    to: Path,
    data_name: str,
    data_dir: Path | None,
    seed: int,
    steps: int,
    size: tuple[int, int] | None,
    colour: Colour | None,
) -> None:
    """Train a judge on real images.

    Writes it as ONNX and prints the file's sha256.
    """
    with loading():
        import torch

        from .. import data
        from ..images.pictures import Look
        from ..metrics.judge_training import make

    def show(step: int, loss: float) -> None:
        stages.tell("step", f"step {step:,} of {steps:,}, loss {loss:.4f}")

    torch.set_num_threads(1)  # the same weights whatever the number of cores
    dataset = data.load(data_name, data_dir, Look(size, colour))
    print_result(make(architecture, dataset, to, seed=seed, n_steps=steps, on_step=show))


@click.command(cls=TrainingCommand, examples="{command} exported/digits/1")
@options.model_argument
@options.model_data_option
@options.data_dir_option
@options.judge_option("those of MNIST")
@click.option(
    "--iterations",
    type=Integer(1),
    show_default=f"{ENCODER_ITERATIONS:,}, or the budget",
    help="Iterations after which it ends.",
)
@options.budget_option()
@options.seed_option
def encoder(
    folder: Path,
    data_name: str | None,
    data_dir: Path | None,
    judge: Path | None,
    iterations: int | None,
    budget: float | None,
    seed: int,
) -> None:
    """Train an encoder for a model.

    An encoder turns pictures into latents of the model; it is written into the model's folder. The default takes about
    30 minutes of one core. Ctrl-C leaves the folder as it was.
    """
    with loading():
        import torch

        from digitgan.contract.card import ENCODER_FILE

        from ..judging import data_of_model
        from ..latents import encoder_export
        from ..latents.encoder import learn
        from ..metrics.reference import required_judges
        from ..revision import read_version
        from ..schedules import Horizon
        from ..watch.progress import spell

    def show(iteration: int, losses: dict[str, float]) -> None:
        if iteration % 10 == 0:
            stages.tell("progress", f"iteration {iteration:,}, {spell(losses)}")

    torch.set_num_threads(1)  # the same weights whatever the number of cores
    horizon = Horizon(iterations if iterations or budget else ENCODER_ITERATIONS, budget)
    card, _ = read_version(folder)
    encoder_export.check_readable(card)
    dataset = data_of_model(card, data_name, data_dir)  # before minutes are spent, like the two after it
    reader = required_judges(dataset.sha256, judge).selecting
    generator = encoder_export.generator_of(folder)
    network, facts = learn(generator, dataset, horizon, seed=seed, on_iteration=show)
    stages.tell("progress", "measuring and writing the encoder")
    stderr_console().print(encoder_export.table(encoder_export.add_encoder(folder, network, facts, dataset, reader)))
    print_result(str(folder / ENCODER_FILE))


@click.command(name="map", cls=TrainingCommand, examples="{command} exported/digits/1")
@options.model_argument
@click.option("--side", type=Integer(2, 256), default=64, help="Hands in a row, and rows.")
def map_hands(folder: Path, side: int) -> None:
    """Arrange a model's hands on a map.

    Hands that draw alike come near each other. The map is written into the model's folder, and the page shows it.
    """
    with loading():
        import torch

        from digitgan.contract.hand_map import MAP_FILE

        from ..latents.hand_map import add_map, table

    torch.set_num_threads(1)  # the same map whatever the number of cores
    stderr_console().print(table(add_map(folder, side)))
    print_result(str(folder / MAP_FILE))
