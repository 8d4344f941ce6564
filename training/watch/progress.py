"""Shows a run's progress on one live line."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..state import Figures, State

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


class ProgressHook:
    """Shows a bar, iterations, images and times during a run; used as a context manager.

    Args:
        console: shows the line if it is a terminal.
        name: of the run.
    """

    def __init__(self, console: Console, name: str) -> None:
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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the line in its last state."""
        self._bar.stop()

    def after_iteration(self, state: State, progress: float) -> None:
        """Move the bar every few iterations."""
        if state.iteration % _EVERY == 0:
            self.at_end(state, progress)

    def at_end(self, state: State, progress: float) -> None:
        """Move the bar to the current iteration."""
        counts = f"iteration {state.iteration}, {state.images / 1000:.0f}k images"
        self._bar.update(self._task, completed=progress, counts=counts)
