"""The pictures of the guide to GANs: the theory's curves, and one run's history and sheets, each as a file.

The history is kept beside the pictures, so that they can be drawn again without the run.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from digitgan.contract.files import write_whole

from .. import history
from ..errors import RunRefused
from ..losses import LOG_2, LOSSES
from ..run import Run
from . import page, pictures, replay
from .charts import Curve, Level, line_chart
from .curves import read_history
from .theory import equilibrium

LOSS = "bce"  # the guide explains the textbook's game
HISTORY = "mlp.jsonl"
ANIMATION = "mlp.png"
_SHEETS = (0, 200, 1_000, 5_000, 30_000)  # iterations; the last sheet is shown too
_FRAME_MS = 1_200
_SPACE = 'xmlns="http://www.w3.org/2000/svg"'
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
    sheets = sorted(run.sheets.glob("*.png"))
    sheets = [path for path in sheets if int(path.stem) in _SHEETS or path == sheets[-1]]
    written = {HISTORY: "".join(json.dumps(line) + "\n" for line in lines).encode(), **drawings(lines)}
    if sheets:
        written[ANIMATION] = pictures.animation(sheets, _FRAME_MS)
    for name, content in written.items():
        write_whole(to / name, content)
    return [to / name for name in written]


def drawings(lines: Sequence[history.Line]) -> dict[str, bytes]:
    """Return the guide's charts, by file name.

    Args:
        lines: at least one line of the history of a run with the textbook's loss.
    """
    at = [line["iteration"] for line in lines]
    found = [each for line in lines if (each := equilibrium(LOSSES[LOSS], line["discriminator_loss"]))]
    charts = {
        "cross-entropy": replay.entropy_chart(),
        "kl-divergence": replay.divergence_chart(),
        "best-answer": _best_answer(),
        "two-sides": _two_sides(),
        "mlp-losses": replay.losses_chart(lines),
        "mlp-accuracy": replay.accuracy_chart(lines),
        "mlp-value": replay.game_chart(at, found),
    }
    return {f"{name}.svg": _alone(chart).encode() for name, chart in charts.items()}


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
        y_range=(-5.0, 0.0),
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
        y_range=(-4.0, 4.0),
        x_name="answer D",
    )


def _alone(chart: str) -> str:
    """Return a chart as a file of its own, with its XML namespace and the page's style and background."""
    style = re.sub(r"\s+", " ", page.STYLE.partition("*{")[0] + _RULES.search(page.STYLE)[0])  # type: ignore[index]
    begins = f'<svg {_SPACE} style="background:var(--paper)"'
    return chart.replace("<svg", begins, 1).replace(">", f"><style>{style}</style>", 1) + "\n"


_RULES = re.compile(r"\.grid\{.*?\.c2\{[^}]*\}", re.DOTALL)
