"""Knows how a run is shown in TensorBoard: the figures of its history as scalars, its sheets as images.

Does not know what the figures mean, nor who wrote them: all of it is read from the run folder. `tensorboardX` writes
the event files, a wheel of 88 kB; the viewer itself brings 20 MB more and may be installed anywhere.
"""

from time import time_ns
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from training import history
from training.errors import TrainingError
from training.run import Run
from training.state import State

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

_STAMP = ("iteration", "images", "progress")  # where a line stands, rather than what it found


class BoardHook:
    """Copies what the other hooks wrote into event files, in `tensorboard/` of the run folder; stands after them.

    Args:
        run: whose folder it is.
        iteration: from which the run goes on; 0 at its start. What an earlier process showed of later ones is purged.

    Raises:
        TrainingError: `tensorboardX` is not installed.
    """

    _iteration: int  # looked at last
    _last_sheet: int  # shown
    _n_lines: int  # of the history, shown

    def __init__(self, run: Run, iteration: int) -> None:
        self._run = run
        was_shown = any(run.board.glob("events.*"))
        self._begin(iteration)
        if not was_shown:  # a run may begin to be shown in its middle
            self._n_lines, self._last_sheet = 0, -1

    def after_iteration(self, state: State, progress: float) -> None:  # noqa: ARG002 - a hook's signature
        """Show what is new where something may be; purge what a rollback has undone."""
        if state.iteration <= self._iteration:
            self._writer.close()
            self._begin(state.iteration - 1)
        self._iteration = state.iteration
        recipe = state.recipe
        if any(
            self._iteration % every == 0 for every in (recipe.log_every, recipe.sheet_every, recipe.checkpoint_every)
        ):
            self._show()

    def at_end(self, state: State, progress: float) -> None:  # noqa: ARG002 - a hook's signature
        """Show what is left."""
        self._show()
        self._writer.close()

    def _begin(self, iteration: int) -> None:
        """Go on after an iteration: what is there of later ones is purged, what is there up to it is shown already."""
        self._writer = _writer(self._run, purge_step=iteration + 1)
        self._iteration = self._last_sheet = iteration
        self._n_lines = sum(line["iteration"] <= iteration for line in history.read(self._run.history))

    def _show(self) -> None:
        lines = history.read(self._run.history)
        for line in lines[self._n_lines :]:
            self._show_line(line)
        self._n_lines = len(lines)
        for path in sorted(self._run.sheets.glob("*.png")):
            if self._last_sheet < int(path.stem) <= self._iteration:  # others are of a path that was left
                self._last_sheet = int(path.stem)
                with Image.open(path) as sheet:
                    pixels = np.asarray(sheet)
                layout = "HW" if pixels.ndim == 2 else "HWC"
                self._writer.add_image("sheet", pixels, self._last_sheet, dataformats=layout)
        self._writer.flush()

    def _show_line(self, line: dict[str, Any]) -> None:
        for name, value in line.items():
            if name not in _STAMP and not isinstance(value, str):
                self._writer.add_scalar(name, value, line["iteration"])


def _writer(run: Run, purge_step: int) -> "SummaryWriter":
    try:
        from tensorboardX import SummaryWriter  # only those who ask for it need it
    except ImportError as error:
        raise TrainingError("--tensorboard needs tensorboardX: pip install 'digitgan[tensorboard]'") from error
    # The file's name has whole seconds: without more, a run resumed within one would write over what it had written.
    return SummaryWriter(str(run.board), purge_step=purge_step, filename_suffix=f".{time_ns()}")
