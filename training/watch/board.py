"""Shows a run in TensorBoard: the figures of its history as scalars, its sheets as images.

Everything is read from the run folder. `tensorboardX`, a wheel of 88 kB, writes the event files; the viewer needs 20 MB
more and may be installed anywhere.
"""

from time import time_ns
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from digitgan.contract.errors import NotInstalled

from .. import history
from ..run import Run
from ..state import State

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

_STAMP = ("iteration", "images", "progress")  # the position of a line rather than its figures


class BoardHook:
    """Copies the output of the hooks before it into event files, in `tensorboard/` of the run folder.

    Args:
        run: the run to show.
        iteration: from which the run continues, 0 at its start. Events of later iterations are purged.

    Raises:
        NotInstalled: `tensorboardX` is not installed.
    """

    _iteration: int  # seen last
    _last_sheet: int  # shown
    _n_lines: int  # of the history that are shown

    def __init__(self, run: Run, iteration: int) -> None:
        self._run = run
        was_shown = any(run.board.glob("events.*"))
        self._begin(iteration)
        if not was_shown:  # the first time, the whole history is shown
            self._n_lines, self._last_sheet = 0, -1

    def after_iteration(self, state: State, progress: float) -> None:  # noqa: ARG002 - a hook's signature
        """Show new lines and sheets when they may be due; purge what a rollback has undone."""
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
        """Show the rest."""
        self._show()
        self._writer.close()

    def _begin(self, iteration: int) -> None:
        """Continue after an iteration: purge later events, and count earlier ones as shown."""
        self._writer = _writer(self._run, purge_step=iteration + 1)
        self._iteration = self._last_sheet = iteration
        self._n_lines = sum(line["iteration"] <= iteration for line in history.read(self._run.history))

    def _show(self) -> None:
        lines = history.read(self._run.history)
        for line in lines[self._n_lines :]:
            self._show_line(line)
        self._n_lines = len(lines)
        for path in sorted(self._run.sheets.glob("*.png")):
            if self._last_sheet < int(path.stem) <= self._iteration:  # later ones belong to an abandoned path
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
        from tensorboardX import SummaryWriter  # needed only with --tensorboard
    except ImportError as error:
        raise NotInstalled("--tensorboard", "tensorboardX", "tensorboard") from error
    # The file's name has whole seconds; without a suffix, a run resumed within a second would overwrite its events.
    return SummaryWriter(str(run.board), purge_step=purge_step, filename_suffix=f".{time_ns()}")
