"""Knows how recipe, run folder, data, state, hooks and signals are joined into a training; the only place that does.

Does not know the command line, nor what any of them does inside.
"""

from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from training import checkpoints, data, history
from training.appraisal import Appraiser
from training.curves import write_curves
from training.errors import Collapsed, Diverged, RunRefused
from training.hooks import CheckpointHook, HistoryHook, SheetHook
from training.progress import ProgressHook
from training.recipes.recipe import Recipe
from training.recovery import train_through
from training.run import Options, Run
from training.signals import StopRequest
from training.state import State
from training.teacher import teacher_for
from training.trainer import Hook
from training.watchdog import Watchdog


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
) -> int:
    """Train, from the start or from the last checkpoint; return the exit code: 0 when the horizon was reached.

    Args:
        recipe: what to train.
        options: without iterations and budget, a run that goes on keeps its own, a new one takes the recipe's.
        run: its folder.
        data_dir: where the data lie; None to look where `training.data.load` says.
        teacher_dir: the model version that a student learns from.
        resumes: whether a folder that holds a run is gone on with, rather than refused.
        console: for log lines and the progress line.
        watches: whether the judge looks at each checkpoint, which changes no bit of the training.

    Raises:
        TrainingError: the run, the data or the training itself; its text says what.
    """
    if run.exists and not resumes:
        raise RunRefused(f"{run.folder}: holds a run already; name another folder with --run, or resume it")
    if options.iterations is None and options.budget_s is None:
        own = run.options() if run.exists else replace(options, iterations=recipe.iterations)
        options = replace(options, iterations=own.iterations, budget_s=own.budget_s)
    torch.set_num_threads(options.threads)
    dataset = data.load(options.data, data_dir)
    teacher = teacher_for(recipe, teacher_dir)
    with StopRequest() as stop, ProgressHook(console, recipe.name) as progress:
        state = State(recipe, dataset, options.seed, teacher)
        saved = checkpoints.latest(run.checkpoints)
        if saved:
            state.load_state_dict(saved)
        run.begin(recipe, options, dataset, state.iteration, teacher.reference if teacher else None)
        hooks: list[Hook] = [HistoryHook(run, console), SheetHook(run), CheckpointHook(run), progress]
        if watches:
            hooks.insert(0, Watchdog(run, Appraiser(dataset), console))
        try:
            is_done = train_through(state, options.horizon, hooks, stop, run, console)
        except (Diverged, Collapsed) as fault:
            if options.budget_s is None or not run.best.exists():
                raise
            console.print(f"error: {fault}; what there is by now is the best snapshot", style="red", markup=False)
            is_done = True
    if any("generator_loss" in line for line in history.read(run.history)):  # a short run has none to draw
        write_curves(run.history, run.curves)
    ending = "done" if is_done else "stopped"
    console.print(f"{ending} at iteration {state.iteration}: {run.folder}", highlight=False, soft_wrap=True)
    return 0 if is_done else stop.exit_code
