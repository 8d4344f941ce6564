"""Options and arguments that several commands of training share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from digitgan.cli.values import Integer

from ..choices import COLOURS, DATA_HELP, DeviceName
from .values import MODEL_NAME, VERSION, Duration, HeightWidth, ModelPath, PixelScale, ProcessorCount, RecipeName

Decorator = Callable[[Any], Any]

FOLDER = click.Path(path_type=Path)
RESUME = ("auto", "never")


def together(*decorators: Decorator) -> Decorator:
    """Return one decorator that adds the options of several, in order."""

    def decorate(function: Any) -> Any:
        for each in reversed(decorators):
            function = each(function)
        return function

    return decorate


def data_option(help: str = DATA_HELP) -> Decorator:  # noqa: A002 - click's name for it
    """Return the option that names the real images."""
    return click.option("--data", "data_name", default="mnist", metavar="NAME", help=help)


model_data_option = click.option(
    "--data",
    "data_name",
    metavar="NAME",
    show_default="the model's",
    help=f"The real images that the model learned from: {DATA_HELP}",
)


def budget_option(help: str = "Time to spend: 90s, 60m or 1.5h.") -> Decorator:  # noqa: A002
    """Return the option that limits the time."""
    return click.option("--budget", type=Duration(), help=help)


def judge_option(show_default: str = "the run's, or MNIST's") -> Decorator:
    """Return the option that names the judges."""
    text = "Folder of judges that learned from these data."
    return click.option("--judge", type=FOLDER, metavar="FOLDER", show_default=show_default, help=text)


def look_options(usual_colour: str = "grey") -> Decorator:
    """Return the options that say which size and colours the images of other data should have."""
    return together(
        click.option(
            "--size",
            type=HeightWidth(),
            show_default="the images' own",
            help="Resize all images to N x N pixels, or to HEIGHTxWIDTH.",
        ),
        click.option(
            "--colour",
            type=click.Choice(COLOURS),
            show_default=usual_colour,
            help="Whether images are read in grey or in colour.",
        ),
    )


recipe_argument = click.argument("recipe", type=RecipeName(), metavar="RECIPE", help="Name of a recipe.")
run_argument = click.argument("run", type=FOLDER, metavar="RUN", help="Folder of a run.")
model_argument = click.argument(
    "folder",
    type=ModelPath(),
    metavar="MODEL",
    help="An exported version: its folder, for example exported/digits/1, or the model file in it.",
)
foreign_options = together(
    click.option(
        "--scale",
        type=PixelScale(),
        show_default="found from the images",
        help="Values of black and white in a foreign generator's output, for example -1..1, 0..255 or 1..0.",
    ),
    click.option(
        "--label-input",
        metavar="NAME",
        show_default="found from the inputs",
        help="Input of a foreign generator that takes labels.",
    ),
)
data_dir_option = click.option(
    "--data-dir", type=FOLDER, metavar="FOLDER", help="Folder with MNIST's four IDX files, gzipped or not."
)
iterations_option = click.option(
    "--iterations", type=Integer(0), show_default="the recipe's, or the budget", help="Iterations after which it ends."
)
seed_option = click.option(
    "--seed", type=Integer(0), default=1, help="Decides the first weights, the order of the data and the latents."
)
root_option = click.option(
    "--to", "root", type=FOLDER, metavar="FOLDER", default="exported", help="Folder of the models."
)
replace_option = click.option("--replace", "replaces", is_flag=True, help="Replace a version that exists.")
version_option = click.option("--version", type=VERSION, default="1", help="Version of the model.")
model_name_option = click.option(
    "--model", "model_name", type=MODEL_NAME, show_default="the recipe's", help="Name of the model."
)


def file_option(default: str | None, help: str, **more: Any) -> Decorator:  # noqa: A002
    """Return the option that names the file to write."""
    return click.option("--to", type=FOLDER, metavar="FILE", default=default, help=help, **more)


training_options = together(
    recipe_argument,
    data_option(),
    data_dir_option,
    iterations_option,
    budget_option(),
    seed_option,
    click.option("--run", type=FOLDER, metavar="FOLDER", show_default="runs/RECIPE", help="Folder of the run."),
    click.option(
        "--resume",
        type=click.Choice(RESUME),
        default="auto",
        help="auto resumes from the last checkpoint; never refuses a folder that holds a run.",
    ),
    click.option(
        "--threads",
        type=ProcessorCount(),
        default=1,
        help="Threads of PyTorch, at most one for each available processor.",
    ),
    click.option(
        "--watch/--no-watch",
        default=True,
        help="Have the judge score each checkpoint, to keep the best one and to notice collapse.",
    ),
    judge_option(),
    look_options("the recipe's; grey for MNIST"),
    click.option("--tensorboard", is_flag=True, help="Also write figures and sheets for TensorBoard."),
    click.option(
        "--device",
        type=click.Choice([each.value for each in DeviceName]),
        default="auto",
        help="auto takes CUDA where it is available, in bfloat16.",
    ),
    click.option(
        "--teacher",
        type=ModelPath(),
        metavar="MODEL",
        help="Exported model that the recipe digits-small learns from, for example exported/digits/1.",
    ),
)
