"""Joins recipe, run folder, data, state, hooks and signals into a training run; the only place that does."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from digitgan.cli.program import program
from digitgan.contract.words import counted

from . import checkpoints, data, history, stages
from .choices import DeviceName
from .data import Dataset
from .device import choose
from .drawing.curves import write_curves
from .errors import Collapsed, Diverged, RunRefused
from .latents.style_scale import settle
from .metrics.reference import judges_for
from .parallel.team import joined
from .post_training.stage import forget, post_train
from .recipes.recipe import TrainingRecipe
from .run import Options, Run
from .schedules import Horizon
from .state import State
from .teacher import Teacher, teacher_for
from .trainer import Hook
from .watch.appraisal import Appraiser
from .watch.board import BoardHook
from .watch.hooks import CheckpointHook, HistoryHook, Relay, SheetHook
from .watch.progress import ProgressHook
from .watch.recovery import train_through
from .watch.signals import StopRequest
from .watch.watchdog import Watchdog


def launch(
    recipe: TrainingRecipe,
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
    """Train from the start or from the last checkpoint; return the exit code, 0 if the horizon was reached.

    Args:
        recipe: what to train.
        options: without iterations and budget, a resumed run keeps its own and a new one takes the recipe's. A resumed
            run keeps its judge likewise.
        run: its folder; in a team only the first process reads the folder and the data.
        data_dir: where the data are; None for the places that `training.data.load` searches.
        teacher_dir: the model version that a student learns from.
        resumes: whether a folder that holds a run is resumed rather than refused.
        console: for log lines and the progress line.
        watches: whether the judge appraises each checkpoint, which changes no bit of the training. For data other than
            MNIST, ``options.judge`` must name a judge that has learned from them.
        shows_board: whether figures and sheets are also written for TensorBoard.

    Raises:
        TrainingError: the run, the data or the training failed; the message says why.
    """
    torch.set_num_threads(options.threads)
    device = choose(options.device)
    with joined(device) as team, StopRequest() as stop, ExitStack() as held:
        team.check(recipe.batch_size)
        requested = replace(options, device=DeviceName(device.where.type), processes=team.size)
        teacher = teacher_for(recipe, teacher_dir)
        options, dataset, saved = team.ask_first(
            lambda: _begin(recipe, requested, run, data_dir, teacher, resumes, held)
        )
        recipe = recipe.for_images(dataset.n_classes, dataset.size, dataset.n_channels)
        horizon = recipe.training_horizon(options.horizon)
        state = State(recipe, dataset, options.seed, device, team, teacher)
        if saved:
            state.load_state_dict(saved)
        if team.is_first and horizon.progress(state.iteration, state.elapsed_s, state.cpu_s) < 1:
            forget(run)
        with ProgressHook(console, recipe.name) as progress:
            sheets = SheetHook(run)
            hooks: list[Hook] = [HistoryHook(run, console), sheets, CheckpointHook(run), progress]
            if not state.iteration and team.is_first:
                sheets.at_end(state, 0.0)  # the untrained generator
            appraiser = _appraiser(recipe, options, dataset, console) if watches and team.is_first else None
            if appraiser:
                hooks.insert(0, Watchdog(run, appraiser, console, dataset.n_classes))
            if shows_board and team.is_first:
                hooks.append(BoardHook(run, state.iteration))
            try:
                is_done = train_through(
                    state, horizon, [Relay(hooks)], lambda: team.greatest(stop.exit_code) > 0, run, console
                )
            except (Diverged, Collapsed) as error:
                if not horizon.has_budget or not team.ask_first(run.best.exists):
                    raise
                console.print(f"error: {error}; the result is the best snapshot so far", style="red", markup=False)
                is_done = True
            if is_done and appraiser:
                stages.tell("stage", "judging factors on the styles")
            if is_done and appraiser and (factor := settle(run, recipe, appraiser)):
                console.print(f"styles are scaled by {factor} in the best snapshot", highlight=False)
        exit_code = team.greatest(stop.exit_code)
        if is_done and team.is_first:  # the other processes have ended
            is_done = post_train(
                run,
                recipe,
                options,
                dataset,
                device=device,
                appraiser=appraiser,
                should_stop=stop,
                console=console,
            )
            exit_code = stop.exit_code
    if team.is_first and any(
        "generator_loss" in line for line in history.read(run.history)
    ):  # a short run has no line yet
        write_curves(run.history, run.curves)
    stages.tell("stage", "")
    if (figures := stages.conclude()) and not console.is_terminal:
        console.print(figures, highlight=False, soft_wrap=True)
    ending = "done" if is_done else "stopped"
    console.print(f"{ending} at iteration {state.iteration}: {run.folder}", highlight=False, soft_wrap=True)
    return 0 if is_done else exit_code


def _begin(
    recipe: TrainingRecipe,
    options: Options,
    run: Run,
    data_dir: Path | None,
    teacher: Teacher | None,
    resumes: bool,
    held: ExitStack,
) -> tuple[Options, Dataset, dict[str, Any] | None]:
    """Open and hold the run's folder; return the complete options, the data and the state to resume from, if any."""
    own = run.options() if run.exists else None
    size = options.size or (own.size if own else None)
    colour = options.colour or (own.colour if own else None)
    if colour is None and options.data not in data.NAMES:
        colour = recipe.colour
    options = replace(options, size=size, colour=colour)
    dataset = data.load(options.data, data_dir, options.look)
    if options.judge:
        judges_for(dataset.sha256, Path(options.judge))  # before it is written into the run, whoever watches
    recipe = recipe.for_images(dataset.n_classes, dataset.size, dataset.n_channels)
    if teacher:
        teacher.check(recipe)
    held.enter_context(run.locked())
    if run.exists and not resumes:
        raise RunRefused(
            f"{run.folder}: already holds a run; name another folder with --run, or resume the run with --resume auto"
        )
    own = own or replace(options, iterations=recipe.iterations, budget_s=None)
    if options.iterations is None and not options.horizon.has_budget:
        options = replace(options, iterations=own.iterations, budget_s=own.budget_s, cpu_budget_s=own.cpu_budget_s)
    if options.judge is None:
        options = replace(options, judge=own.judge)
    saved = checkpoints.latest(run.checkpoints)
    if saved and options.horizon != own.horizon:
        _check_horizon(run, recipe, options.horizon, own.horizon, saved)
    iteration = saved["iteration"] if saved else 0
    reference = teacher.reference if teacher else None
    run.begin(recipe, options, dataset, iteration, reference)
    return options, dataset, saved


def _check_horizon(run: Run, recipe: TrainingRecipe, horizon: Horizon, own: Horizon, saved: dict[str, Any]) -> None:
    """Raise RunRefused if a run is past another horizon than its own; it would pass for a shorter run."""
    iteration, elapsed_s = saved["iteration"], saved["elapsed_s"]
    if recipe.training_horizon(horizon).progress(iteration, elapsed_s, saved["cpu_s"]) == 1:
        raise RunRefused(
            f"{run.folder}: the run has already trained {counted(iteration, 'iteration')} in {elapsed_s:,.0f} s, so "
            f"{_spell_horizon(horizon)} would end it at once, and it would pass for a shorter run; name a later end, "
            f"its own end ({_spell_horizon(own)}), or another folder with --run"
        )


def _spell_horizon(horizon: Horizon) -> str:
    """Return a horizon in the words of the command line."""
    iterations = [] if horizon.iterations is None else [f"--iterations {horizon.iterations}"]
    budget = [f"--budget {horizon.budget_s:g}s"] if horizon.budget_s else []
    minutes = [f"--minutes {horizon.cpu_budget_s / 60:g}"] if horizon.cpu_budget_s else []  # as speedrun names it
    return " ".join([*iterations, *budget, *minutes])


def _appraiser(recipe: TrainingRecipe, options: Options, dataset: Dataset, console: Console) -> Appraiser | None:
    """Return the appraiser with a judge of these data; None if no judge reads them."""
    if recipe.stacks_digits:
        return None
    judges = judges_for(dataset.sha256, Path(options.judge) if options.judge else None)
    if judges is None:
        message = (
            "no judge reads these images, so there are no figures and no best snapshot; train one with "
            f"{program()} judge plain --data DATA --to FOLDER, and name it with --judge FOLDER"
        )
        console.print(message, style="yellow", highlight=False, soft_wrap=True)
        return None
    return Appraiser(dataset, judge=judges.selecting)
