"""A run's history drawn as one SVG file: losses above, the discriminator's accuracy below.

An accuracy of one half is the equilibrium of the textbook's game, so that level is marked. A collapsed pair of networks
can stand there as well; only a model's metrics tell the two apart.
"""

from collections.abc import Sequence
from pathlib import Path

from digitgan.contract.files import write_whole

from .. import history
from ..errors import RunRefused

_WIDTH, _PANEL, _MARGIN = 720, 220, 48  # pixels
_INK, _FAINT = "#222", "#ccc"
_COLOURS = {"discriminator_loss": "#c0392b", "generator_loss": "#2471a3", "discriminator_accuracy": "#1e8449"}

Line = dict[str, float]


def read_history(path: Path) -> list[Line]:
    """Return the lines of a run's history that hold losses, oldest first.

    Raises:
        RunRefused: there is none yet.
    """
    lines = [line for line in history.read(path) if "generator_loss" in line]
    if not lines:
        raise RunRefused(f"{path}: the history has no losses yet; train longer than one log interval")
    return lines


def write_curves(path: Path, to: Path) -> None:
    """Draw a run's history into an SVG file.

    Raises:
        RunRefused: the history has no losses yet.
    """
    lines = read_history(path)
    losses = ["discriminator_loss", "generator_loss"]
    values = sorted(line[name] for line in lines for name in losses)
    highest = max(0.0, 1.1 * values[int(0.98 * (len(values) - 1))])  # the first losses of a run are far above the rest
    lowest = min(0.0, 1.1 * values[int(0.02 * (len(values) - 1))])  # a Wasserstein loss goes below zero
    height = 2 * _PANEL + 3 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        *_panel(lines, losses, top=_MARGIN, lowest=lowest, highest=highest or 1.0, unit=""),
        *_panel(lines, ["discriminator_accuracy"], top=_PANEL + 2 * _MARGIN, lowest=0, highest=1, unit="%"),
        "</svg>\n",
    ]
    write_whole(to, "\n".join(parts).encode())


def _panel(
    lines: Sequence[Line], names: Sequence[str], *, top: int, lowest: float, highest: float, unit: str
) -> list[str]:
    """Return the SVG elements of one panel: marked levels, one curve per name, and a legend."""
    last = lines[-1]["iteration"]
    width = _WIDTH - 2 * _MARGIN

    def y(value: float) -> float:
        share = (value - lowest) / (highest - lowest)
        return top + _PANEL * (1 - min(max(share, 0.0), 1.0))

    parts = []
    for mark in (lowest, (lowest + highest) / 2, highest):
        label = f"{mark:.0%}" if unit == "%" else f"{mark:.2f}"
        parts.append(
            f'<path d="M{_MARGIN} {y(mark):.1f}h{width}" stroke="{_FAINT}"/>'
            f'<text x="{_MARGIN - 6}" y="{y(mark) + 4:.1f}" text-anchor="end" fill="{_INK}">{label}</text>'
        )
    for index, name in enumerate(names):
        points = " ".join(f"{_MARGIN + width * line['iteration'] / last:.1f},{y(line[name]):.1f}" for line in lines)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{_COLOURS[name]}"/>'
            f'<text x="{_MARGIN + 160 * index}" y="{top - 10}" fill="{_COLOURS[name]}">{name.replace("_", " ")}</text>'
        )
    end = (
        f'<text x="{_WIDTH - _MARGIN}" y="{top + _PANEL + 18}" text-anchor="end" fill="{_INK}">iteration {last}</text>'
    )
    return [*parts, end]
