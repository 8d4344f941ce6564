"""The hooks that write a run's files: the history, sample sheets and checkpoints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console

from .. import checkpoints, history
from ..drawing import sheets
from ..run import Run
from ..state import Course, State
from ..trainer import Hook
from .progress import show_figures


class Records(Protocol):
    """Where a part of a run keeps its history and its checkpoints; a run's folder is one for the training."""

    @property
    def history(self) -> Path: ...  # noqa: D102

    @property
    def checkpoints(self) -> Path: ...  # noqa: D102


class HistoryHook:
    """Appends a line of means to the history every few iterations, and shows it.

    Args:
        run: the run, or the part of it, to write about.
        console: shows the lines above the bar if it is a terminal.
    """

    def __init__(self, run: Records, console: Console) -> None:
        self._run = run
        self._console = console

    def after_iteration(self, state: Course, progress: float) -> None:
        """Write a line if one is due."""
        if state.iteration % state.log_every:
            return
        figures = state.window.take()
        history.append(self._run.history, state.stamp(progress) | figures)
        show_figures(self._console, "losses", state, figures)

    def at_end(self, state: Course, progress: float) -> None:
        """Write nothing: the checkpoint keeps the figures of an unfinished line."""


class SheetHook:
    """Writes a sheet of fixed seeds every few iterations, and at the end.

    Args:
        run: the run to draw.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def after_iteration(self, state: State, progress: float) -> None:
        """Write a sheet if one is due."""
        if state.iteration % state.recipe.sheet_every == 0:
            self.at_end(state, progress)

    def at_end(self, state: State, progress: float) -> None:  # noqa: ARG002 - a hook's signature
        """Write a sheet of the current state."""
        generator = state.served_generator()
        rows = 10 if generator.n_classes else 5  # the textbook's 5 x 5, or ten seeds of all classes
        path = self._run.sheets / f"{state.iteration:08d}.png"
        sheets.write_sheet(sheets.draw(generator, rows), sheets.n_columns(rows, generator.n_classes), path)


class CheckpointHook:
    """Saves the state every few iterations, and at the end.

    Args:
        run: the run, or the part of it, to save.
    """

    def __init__(self, run: Records) -> None:
        self._run = run

    def after_iteration(self, state: Course, progress: float) -> None:
        """Save the state if a checkpoint is due."""
        if state.iteration % state.checkpoint_every == 0:
            self.at_end(state, progress)

    def at_end(self, state: Course, progress: float) -> None:  # noqa: ARG002 - a hook's signature
        """Save the current state."""
        checkpoints.save(state.state_dict(), self._run.checkpoints, state.iteration)


class Relay:
    """A hook in each process of a team: the first process calls its hooks, and an error there stops all processes.

    Args:
        hooks: of this process; called only in the first one.
    """

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._hooks = hooks

    def after_iteration(self, state: State, progress: float) -> None:
        """Call the hooks after an iteration.

        Raises:
            TrainingError: in all processes, if a hook of the first one raises it.
        """

        def look() -> None:
            for hook in self._hooks:
                hook.after_iteration(state, progress)

        state.team.ask_first(look)

    def at_end(self, state: State, progress: float) -> None:
        """Call the hooks for the last time."""

        def look() -> None:
            for hook in self._hooks:
                hook.at_end(state, progress)

        state.team.ask_first(look)
