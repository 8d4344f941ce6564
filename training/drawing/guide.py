"""The pictures of the guide to GANs, each a file: both networks, the theory's curves, one run's history and sheets.

The history is kept beside the pictures, so that they can be drawn again without the run.
"""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from digitgan.contract.files import write_whole

from .. import history
from ..errors import RunRefused
from ..losses import LOG_2, LOSSES
from ..recipes import mlp
from ..run import Run
from . import page, pictures, replay
from .charts import Curve, Level, line_chart
from .curves import read_history
from .diagram import networks_diagram
from .theory import equilibrium

LOSS = "bce"  # the guide explains the textbook's game
HISTORY = "mlp.jsonl"
SHEETS = (0, 200, 1_000, 5_000, 30_000)  # iterations
_KEPT = ("iteration", "images", "discriminator_loss", "discriminator_accuracy", "generator_loss")


def write_guide(run: Run, to: Path) -> list[Path]:
    """Draw a run of the textbook's recipe and the theory into a folder; return the files.

    Raises:
        RunRefused: there is no run, its history is empty, or it has another loss.
    """
    loss = run.read()["recipe"]["loss"]
    if loss != LOSS:
        raise RunRefused(
            f"{run.folder}: the run's loss is {loss}; the guide needs a run with loss {LOSS}, such as mlp's"
        )
    lines = [{name: line[name] for name in _KEPT} for line in read_history(run.history)]
    sheets = {int(path.stem): path for path in run.sheets.glob("*.png")}
    written = {HISTORY: "".join(json.dumps(line) + "\n" for line in lines).encode(), **drawings(lines)}
    written |= {sheet_name(n): pictures.animation([sheets[n]], 0) for n in SHEETS if n in sheets}
    for name, content in written.items():
        write_whole(to / name, content)
    return [to / name for name in written]


def sheet_name(iteration: int) -> str:
    """Return the file name of the sheet of an iteration."""
    return f"mlp-{iteration}.png"


def drawings(lines: Sequence[history.Line]) -> dict[str, bytes]:
    """Return the guide's charts, by file name.

    Args:
        lines: at least one line of the history of a run with the textbook's loss.
    """
    at = [line["iteration"] for line in lines]
    found = [each for line in lines if (each := equilibrium(LOSSES[LOSS], line["discriminator_loss"]))]
    charts = {
        "networks": networks_diagram(mlp.RECIPE),
        "cross-entropy": replay.entropy_chart(),
        "kl-divergence": replay.divergence_chart(),
        "best-answer": _best_answer(),
        "two-sides": _two_sides(),
        "mlp-losses": replay.losses_chart(lines),
        "mlp-accuracy": replay.accuracy_chart(lines),
        "mlp-value": replay.game_chart(at, found),
    }
    return {f"{name}.svg": page.alone(chart).encode() for name, chart in charts.items()}


def _best_answer() -> str:
    """Return the discriminator's payoff for an answer, if half and if four fifths of the images are real."""

    def earned(share: float) -> list[float]:
        return [2 * (share * math.log(answer) + (1 - share) * math.log(1 - answer)) for answer in replay.GUESSES]

    return line_chart(
        "What an answer D earns",
        [
            Curve("half are real", replay.GUESSES, earned(0.5)),
            Curve("four of five are real", replay.GUESSES, earned(0.8)),
        ],
        levels=[Level(-2 * LOG_2, "-log 4")],
        x_name="answer D",
    )


def _two_sides() -> str:
    """Return the two losses that a generator may have, against the answer that its image gets."""

    def curve(name: str, of: Callable[[float], float]) -> Curve:
        return Curve(name, replay.GUESSES, [of(answer) for answer in replay.GUESSES])

    return line_chart(
        "Two losses for the generator",
        [curve("min-max: log(1 - D)", lambda d: math.log(1 - d)), curve("in practice: -log D", lambda d: -math.log(d))],
        levels=[Level(0.0, "")],
        x_name="answer D",
    )
