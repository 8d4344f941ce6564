"""Knows how recipe, run folder, data, state, hooks and signals are joined into a training; the only place that does.

Does not know the command line, nor what any of them does inside.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training import checkpoints, data, history
from training.choices import DeviceName
from training.data import Dataset
from training.device import choose
from training.drawing.curves import write_curves
from training.errors import Collapsed, Diverged, RunRefused
from training.latents.style_scale import settle
from training.metrics.reference import judges_for
from training.parallel.team import joined
from training.recipes.recipe import Recipe
from training.run import Options, Run
from training.state import State
from training.teacher import Teacher, teacher_for
from training.trainer import Hook
from training.watch.appraisal import Appraiser
from training.watch.board import BoardHook
from training.watch.hooks import CheckpointHook, HistoryHook, SheetHook
from training.watch.progress import ProgressHook
from training.watch.recovery import train_through
from training.watch.relay import Relay
from training.watch.signals import StopRequest
from training.watch.watchdog import Watchdog

_UNREAD = (
    "no judge reads these images: no figures and no best snapshot; train one with python -m training judge plain "
    "--data DATA --to FOLDER, and name it with --judge FOLDER"
)


def launch(
    recipe: Recipe,
    options: Options,
    run: Run,
    *,
    data_dir: Path | None,
    teacher_dir: Path | None = None,
    resumes: bool,
    console: Console,
    watches: bool = True,
    shows_board: bool = False,
) -> int:
    """Train, from the start or from the last checkpoint; return the exit code: 0 when the horizon was reached.

    Args:
        recipe: what to train.
        options: without iterations and budget, a run that goes on keeps its own, a new one takes the recipe's; a judge
            is kept likewise.
        run: its folder; of a team's processes only the first one looks at it, and at the data.
        data_dir: where the data lie; None to look where `training.data.load` says.
        teacher_dir: the model version that a student learns from.
        resumes: whether a folder that holds a run is gone on with, rather than refused.
        console: for log lines and the progress line.
        watches: whether the judge looks at each checkpoint, which changes no bit of the training. Of data other than
            MNIST it does so where ``options.judge`` names one that has learned from them.
        shows_board: whether figures and sheets are written for TensorBoard too.

    Raises:
        TrainingError: the run, the data or the training itself; its text says what.
    """
    torch.set_num_threads(options.threads)
    device = choose(options.device)
    with joined(device) as team, StopRequest() as stop:
        team.check(recipe.batch_size)
        asked = replace(options, device=DeviceName(device.where.type), processes=team.size)
        teacher = teacher_for(recipe, teacher_dir)
        options, dataset, saved = team.ask_first(lambda: _begin(recipe, asked, run, data_dir, teacher, resumes))
        recipe = recipe.for_classes(dataset.n_classes)
        state = State(recipe, dataset, options.seed, device, team, teacher)
        if saved:
            state.load_state_dict(saved)
        with ProgressHook(console, recipe.name) as progress:
            sheets = SheetHook(run)
            hooks: list[Hook] = [HistoryHook(run, console), sheets, CheckpointHook(run), progress]
            if not state.iteration and team.is_first:
                sheets.at_end(state, 0.0)  # what it begins with
            appraiser = _appraiser(recipe, options, dataset, console) if watches and team.is_first else None
            if appraiser:
                hooks.insert(0, Watchdog(run, appraiser, console, dataset.n_classes))
            if shows_board and team.is_first:
                hooks.append(BoardHook(run, state.iteration))
            try:
                is_done = train_through(
                    state, options.horizon, [Relay(hooks)], lambda: team.greatest(stop.exit_code) > 0, run, console
                )
            except (Diverged, Collapsed) as fault:
                if options.budget_s is None or not team.ask_first(run.best.exists):
                    raise
                console.print(f"error: {fault}; what there is by now is the best snapshot", style="red", markup=False)
                is_done = True
            if is_done and appraiser and (factor := settle(run, recipe, appraiser)):
                console.print(f"styles reach {factor} times as far in the best snapshot", highlight=False)
        exit_code = team.greatest(stop.exit_code)
    if team.is_first and any("generator_loss" in line for line in history.read(run.history)):  # a short run has none
        write_curves(run.history, run.curves)
    ending = "done" if is_done else "stopped"
    console.print(f"{ending} at iteration {state.iteration}: {run.folder}", highlight=False, soft_wrap=True)
    return 0 if is_done else exit_code


def _begin(
    recipe: Recipe, options: Options, run: Run, data_dir: Path | None, teacher: Teacher | None, resumes: bool
) -> tuple[Options, Dataset, dict[str, Any] | None]:
    """Open the run's folder; return the options in full, the data, and the state to go on from, if there is one."""
    if run.exists and not resumes:
        raise RunRefused(f"{run.folder}: holds a run already; name another folder with --run, or resume it")
    if options.iterations is None and options.budget_s is None:
        own = run.options() if run.exists else replace(options, iterations=recipe.iterations)
        options = replace(options, iterations=own.iterations, budget_s=own.budget_s)
    if run.exists and options.judge is None:
        options = replace(options, judge=run.options().judge)
    dataset = data.load(options.data, data_dir)
    recipe = recipe.for_classes(dataset.n_classes)
    if teacher:
        teacher.check(recipe)
    saved = checkpoints.latest(run.checkpoints)
    iteration = saved["iteration"] if saved else 0
    reference = teacher.reference if teacher else None
    run.begin(recipe, options, dataset, iteration, reference)
    return options, dataset, saved


def _appraiser(recipe: Recipe, options: Options, dataset: Dataset, console: Console) -> Appraiser | None:
    """Return what looks at generators with a judge of these data; None where no judge reads them."""
    if recipe.n_channels != 1:
        return None
    judges = judges_for(dataset.sha256, Path(options.judge) if options.judge else None)
    if judges is None:
        console.print(_UNREAD, style="yellow", highlight=False, soft_wrap=True)
        return None
    return Appraiser(dataset, judge=judges.selecting)
