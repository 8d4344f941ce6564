"""Knows the commands: train, export, sheet, run. Parses, calls, and turns errors into exit codes.

Does not know how any of it works. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted, 143 terminated.
"""

import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from training import checkpoints, data
from training.errors import RunRefused, TrainingError
from training.hooks import CheckpointHook, HistoryHook, SheetHook
from training.progress import ProgressHook
from training.recipes import catalogue
from training.run import Options, Run
from training.signals import StopRequest
from training.state import State
from training.trainer import train as train_on

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


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help=f"One of {', '.join(catalogue.RECIPES)}.")],
    data_name: Annotated[
        str, typer.Option("--data", help="mnist, or sample: 5,000 digits that need no network.")
    ] = "mnist",
    data_dir: Annotated[Path | None, typer.Option(help="Folder with MNIST's four IDX files, gzipped or not.")] = None,
    iterations: Annotated[
        int | None, typer.Option(min=0, help="Where to end; default: the recipe's, or the budget.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(parser=_duration, metavar="TIME", help="Time to fit schedules to: 60m, 1.5h.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides weights, data order and latents.")] = 1,
    run: Annotated[Path | None, typer.Option(help="Run folder; default: runs/RECIPE.")] = None,
    resume: Annotated[
        Resume, typer.Option(help="auto goes on from the last checkpoint; never refuses a used folder.")
    ] = Resume.AUTO,
    threads: Annotated[int, typer.Option(min=1, help="Of torch.")] = 1,
) -> None:
    """Train a generator, or go on with a run that was cut off."""
    torch.set_num_threads(threads)
    chosen = catalogue.find(recipe)
    folder = Run(run or Path("runs") / recipe)
    if folder.exists and resume is Resume.NEVER:
        raise RunRefused(f"{folder.folder}: holds a run already; name another folder with --run, or resume it")
    options = Options(seed=seed, iterations=iterations, budget_s=budget, threads=threads, data=data_name)
    if iterations is None and budget is None:
        earlier = folder.options() if folder.exists else replace(options, iterations=chosen.iterations)
        options = replace(options, iterations=earlier.iterations, budget_s=earlier.budget_s)
    dataset = data.load(data_name, data_dir)
    state = State(chosen, dataset, seed)
    saved = checkpoints.latest(folder.checkpoints)
    if saved:
        state.load_state_dict(saved)
    folder.begin(chosen, options, dataset, state.iteration)
    with StopRequest() as stop, ProgressHook(console, recipe) as progress:
        hooks = [HistoryHook(folder, console), SheetHook(folder), CheckpointHook(folder), progress]
        is_done = train_on(state, options.horizon, hooks, stop)
    console.print(f"{'done' if is_done else 'stopped'} at iteration {state.iteration} in {folder.folder}")
    if not is_done:
        raise typer.Exit(stop.exit_code)


def main() -> None:
    """Run a command; print what training refuses as one line."""
    try:
        app()
    except TrainingError as error:
        console.print(f"[red]error:[/red] {error}")
        raise SystemExit(1) from error
