"""Shows a run's progress: on one live line in a terminal, and elsewhere in a line every ten seconds."""

import time
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from .. import stages
from ..state import Course, Figures

_EVERY = 10  # iterations between two updates; drawing the line costs more than a small iteration


def spell(figures: Figures) -> str:
    """Return figures as readable text, in their order."""
    parts = []
    for name, value in figures.items():
        words = name.replace("discriminator", "D").replace("generator", "G").replace("_", " ")
        text = spell_value(name, value)
        parts.append(f"{words} {text:>{6 if text.endswith('%') else 7}}")
    return "  ".join(parts)


def spell_value(name: str, value: float) -> str:
    """Return one figure as readable text, a share in per cent."""
    is_share = name.endswith("accuracy") or name == "duplicates"
    return f"{value:.1%}" if is_share else f"{value:.4f}"


def show_figures(console: Console, subject: str, state: Course, figures: Figures) -> None:
    """Show the figures of an iteration: in a terminal at once, and elsewhere in the next line of all that is told."""
    stages.tell(subject, spell(figures))
    if console.is_terminal:
        console.print(f"iteration {state.iteration:6d}  {spell(figures)}", highlight=False, soft_wrap=True)


class ProgressHook:
    """Shows a bar, iterations, images and times during a run; used as a context manager.

    Args:
        console: shows the bar if it is a terminal.
        name: of the run.
    """

    _began: tuple[float, float] | None = None  # time, and progress

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._context = ExitStack()
        self._bar = Progress(
            TextColumn(name),
            BarColumn(),
            TextColumn("{task.percentage:5.1f} %"),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(name, total=1.0, counts="")

    def __enter__(self) -> "ProgressHook":
        """Show the line."""
        self._bar.start()
        if self._console.is_terminal:
            self._context.enter_context(stages.shown())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the line in its last state."""
        self._bar.stop()
        self._context.close()

    def after_iteration(self, state: Course, progress: float) -> None:
        """Move the bar every few iterations."""
        if state.iteration % _EVERY == 0:
            self.at_end(state, progress)

    def at_end(self, state: Course, progress: float) -> None:
        """Move the bar to the current iteration."""
        counts = f"iteration {state.iteration}, {state.images / 1000:.0f}k images"
        self._bar.update(self._task, completed=progress, counts=counts)
        stages.tell("progress", f"{counts}, {progress:.1%}{self._left(progress)}")

    def _left(self, progress: float) -> str:
        """Return the time that the rest will take, by the part that this process has done."""
        now = time.monotonic()
        self._began = self._began or (now, progress)
        since, earlier = self._began
        if progress <= earlier or progress == 1:
            return ""
        left = timedelta(seconds=round((now - since) * (1 - progress) / (progress - earlier)))
        return f", {left} left"
