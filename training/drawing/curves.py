"""A run's history drawn as one SVG file: losses above, the discriminator's accuracy below.

An accuracy of one half is the equilibrium of the textbook's game, so that level is marked. A collapsed pair of networks
can stand there as well; only a model's metrics tell the two apart.
"""

from pathlib import Path

from digitgan.contract.files import write_whole

from .. import history
from ..errors import RunRefused
from . import page, replay

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
    write_whole(to, page.alone(replay.losses_chart(lines), replay.accuracy_chart(lines)).encode())
