"""Knows the commands: train, judge, evaluate, export and the rest. Parses, calls, turns errors into exit codes.

Does not know how any of it works. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted, 143 terminated.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training import data, evaluate, sheets
from training.curves import write_curves
from training.errors import TrainingError
from training.export import Judge, best_generator, export
from training.launch import launch
from training.metrics import calibration, judge_training
from training.recipes import catalogue
from training.report import write_report
from training.run import Options, Run
from training.variants import write_variants

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True)


@app.callback()
def _commands() -> None:
    """Train digit generators and export them for the service."""


class Resume(StrEnum):
    """What to do with a run folder that holds a run."""

    AUTO = "auto"
    NEVER = "never"


def _duration(text: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``1.5h``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not match or float(match[1]) == 0:
        raise typer.BadParameter("a duration above zero is a number and s, m or h, for example 90s, 60m or 1.5h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


RecipeName = Annotated[str, typer.Argument(help=f"One of {', '.join(catalogue.RECIPES)}.", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="Run folder.", show_default=False)]
DataName = Annotated[str, typer.Option("--data", help="mnist, or sample: 5,000 digits that need no network.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder with MNIST's four IDX files, gzipped or not.")]
Iterations = Annotated[int | None, typer.Option(min=0, help="Where to end. [default: the recipe's, or the budget]")]
Budget = Annotated[float | None, typer.Option(parser=_duration, metavar="TIME", help="Time to spend: 90s, 60m, 1.5h.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides weights, data order and latents.")]
RunOption = Annotated[Path | None, typer.Option("--run", help="Run folder. [default: runs/RECIPE]")]
ResumeOption = Annotated[
    Resume, typer.Option(help="auto goes on from the last checkpoint; never refuses a used folder.")
]
Watch = Annotated[bool, typer.Option(help="Have the judge look at each checkpoint: keep the best, notice collapse.")]
TeacherDir = Annotated[
    Path | None, typer.Option("--teacher", help="Exported model that digits-small learns from: exported/digits/1.")
]
Threads = Annotated[int, typer.Option(min=1, help="Of torch.")]
Version = Annotated[str, typer.Option("--version", help="Of the model, a whole number from 1.")]
Root = Annotated[Path, typer.Option("--to", help="Folder of the models.")]
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of a version that is there.")]


@app.command()
def train(
    recipe: RecipeName,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    iterations: Iterations = None,
    budget: Budget = None,
    seed: Seed = 1,
    run: RunOption = None,
    resume: ResumeOption = Resume.AUTO,
    threads: Threads = 1,
    watch: Watch = True,
    teacher: TeacherDir = None,
) -> None:
    """Train a generator, or go on with a run that was cut off.

    Ctrl-C ends the iteration, saves and exits; the same command goes on from there.

        python -m training train mlp --data sample --iterations 2000

        python -m training train digits --budget 60m

        python -m training train digits-small --teacher exported/digits/1 --budget 30m
    """
    options = Options(seed=seed, iterations=iterations, budget_s=budget, threads=threads, data=data_name)
    code = launch(
        catalogue.find(recipe),
        options,
        Run(run or Path("runs") / recipe),
        data_dir=data_dir,
        teacher_dir=teacher,
        resumes=resume is Resume.AUTO,
        console=console,
        watches=watch,
    )
    if code:
        raise typer.Exit(code)


@app.command("export")
def export_run(
    run: RunFolder,
    version: Version = "1",
    root: Root = Path("exported"),
    replace_it: Replace = False,
    data_dir: DataDir = None,
) -> None:
    """Export a run's best snapshot to ONNX, checked, judged and carded, for the service to load."""
    folder = Run(run)
    dataset = data.load(folder.options().data, data_dir)
    print(export(folder, root, version, judge=_judge(dataset), replaces=replace_it))  # noqa: T201 - the result


@app.command()
def variants(
    model: Annotated[Path, typer.Argument(help="Folder of an exported version, for example exported/digits/1.")],
    root: Root = Path("exported"),
    replace_it: Replace = False,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
) -> None:
    """Make smaller and faster variants of an exported model, MODEL-fp16 and MODEL-int8, checked, judged and carded."""
    dataset = data.load(data_name, data_dir)
    for path in write_variants(model, root, judge=_judge(dataset), replaces=replace_it):
        print(path)  # noqa: T201 - the result


@app.command()
def sheet(
    run: RunFolder,
    to: Annotated[Path, typer.Option(help="PNG file.")] = Path("sheet.png"),
    side: Annotated[int, typer.Option(min=1, help="Pictures a side.")] = 10,
) -> None:
    """Draw pictures of fixed seeds with a run's best snapshot."""
    generator = best_generator(Run(run))
    sheets.write_sheet(sheets.draw(generator, side), side, to)
    print(to)  # noqa: T201 - the result


@app.command()
def curves(run: RunFolder, to: Annotated[Path, typer.Option(help="SVG file.")] = Path("curves.svg")) -> None:
    """Draw a run's losses and the discriminator's accuracy."""
    write_curves(Run(run).history, to)
    print(to)  # noqa: T201 - the result


@app.command()
def report(
    run: RunFolder,
    to: Annotated[Path | None, typer.Option(help="HTML file. [default: report.html in the run folder]")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a run's report: one page with its digits, curves, time-lapse, and the theory with its own figures."""
    folder = Run(run)
    page = to or folder.report
    write_report(folder, data.load(folder.options().data, data_dir), page)
    print(page)  # noqa: T201 - the result


app.command("evaluate")(evaluate.command)
app.command("judge")(judge_training.command)
app.command("calibrate")(calibration.command)


@app.command("run")
def run_all(
    recipe: RecipeName,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    iterations: Iterations = None,
    budget: Budget = None,
    seed: Seed = 1,
    run: RunOption = None,
    resume: ResumeOption = Resume.AUTO,
    threads: Threads = 1,
    watch: Watch = True,
    teacher: TeacherDir = None,
    version: Version = "1",
    root: Root = Path("exported"),
    replace_it: Replace = False,
) -> None:
    """Train, then export: from the four files to a model that the service loads."""
    train(recipe, data_name, data_dir, iterations, budget, seed, run, resume, threads, watch, teacher)
    export_run(run or Path("runs") / recipe, version, root, replace_it, data_dir)


def _judge(dataset: data.Dataset) -> Judge:
    """Return the figures' source for a card."""
    return lambda path: evaluate.evaluate(path, dataset)


def main() -> None:
    """Run a command; print what training refuses as one line."""
    try:
        app()
    except TrainingError as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from error
