"""The commands `train` and `run`."""

from pathlib import Path
from typing import Any

import click

from digitgan.cli.startup import loading

from .. import stages
from ..choices import Colour
from . import options
from .command import TrainingCommand, stderr_console


@click.command(
    cls=TrainingCommand,
    examples="""
    {command} mlp --data sample --iterations 2000
    {command} digits --budget 60m
    {command} digits-small --teacher exported/digits/1 --budget 30m
    """,
)
@options.training_options
def train(**given: Any) -> int:
    """Train a generator, or resume an interrupted run.

    Ctrl-C ends the iteration, saves and exits, and so do SIGTERM and SIGHUP. The same command resumes the run.
    """
    return _train(**given)


@click.command(
    cls=TrainingCommand,
    examples="""
    {command} digits --budget 60m --version 2
    {command} digits --data fashion --judge judges --model fashion
    """,
)
@options.training_options
@options.version_option
@options.root_option
@options.replace_option
@options.model_name_option
def run(
    recipe: str,
    version: str,
    root: Path,
    replaces: bool,
    model_name: str | None,
    **given: Any,
) -> int:
    """Train, then export a model for the service.

    The options are those of train and export.
    """
    with loading():
        from ..export import check_free, check_servable
        from ..recipes import catalogue
        from .export import export_run

    check_servable(catalogue.find(recipe))
    check_free(root / (model_name or recipe) / version, replaces)
    if status := _train(recipe, **given):
        return status
    if stages.is_first_process():
        folder, data_dir, judge = given["run"] or _folder(recipe), given["data_dir"], given["judge"]
        stages.tell("stage", "exporting")
        export_run(folder, version, root, replaces, data_dir, judge, model_name)
    return 0


def _train(
    recipe: str,
    data_name: str,
    data_dir: Path | None,
    iterations: int | None,
    budget: float | None,
    seed: int,
    run: Path | None,
    resume: str,
    threads: int,
    watch: bool,
    judge: Path | None,
    tensorboard: bool,
    device: str,
    teacher: Path | None,
    size: tuple[int, int] | None,
    colour: Colour | None,
) -> int:
    with loading():
        from ..choices import DeviceName
        from ..launch import launch
        from ..recipes import catalogue
        from ..run import Options, Run

    return launch(
        catalogue.find(recipe),
        Options(
            seed=seed,
            iterations=iterations,
            budget_s=budget,
            threads=threads,
            data=data_name,
            judge=str(judge) if judge else None,
            device=DeviceName(device),
            size=size,
            colour=colour,
        ),
        Run(run or _folder(recipe)),
        data_dir=data_dir,
        teacher_dir=teacher,
        resumes=resume == "auto",
        console=stderr_console(is_quiet=not stages.is_first_process()),
        watches=watch,
        shows_board=tensorboard,
    )


def _folder(recipe: str) -> Path:
    return Path("runs") / recipe
