"""A run's history: a file with one JSON object per line, and the few points of it that a card holds.

A line holds an iteration and what was known then: mean losses and accuracy, the judge's figures, a warning or a
rollback.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from digitgan.cli.messages import print_note
from digitgan.contract.card import HistoryPoint
from digitgan.contract.documents import Shape
from digitgan.contract.files import set_aside, write_whole

from . import jsonlines

Line = dict[str, Any]

MOST_POINTS = 60  # enough for a chart as wide as a column of text
_FIGURES = [name for name in HistoryPoint.model_fields if name != "iteration"]
_DIGITS = 4  # significant ones
# Enough for hundreds of thousands of lines with ten figures each.
_SHAPE = Shape(n_bytes=2**27, n_lists=2**16, n_objects=2**19, n_items=2**22)


class _Line(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int | float] = Field(init=False)

    iteration: Annotated[int, Field(ge=0, le=2**53 - 1)]
    warning: str = ""
    rollback: str = ""


def append(path: Path, line: Line) -> None:
    """Append a line, which must have an ``iteration``; on a full disk the file stays as it was."""
    jsonlines.append(path, line)


def read(path: Path) -> list[Line]:
    """Return the lines, oldest first, without a last line that a killed process left half-written.

    Damaged lines, such as those that a machine without power left full of zeros, are left out and named on stderr.

    Raises:
        RunRefused: the file is not a regular file, or larger than any history.
    """
    return [line.model_dump(exclude_unset=True) for line in jsonlines.read(path, _Line, _SHAPE).values]


def cut(path: Path, iteration: int) -> None:
    """Drop the lines of later iterations, which an interruption or a rollback has undone.

    Damaged lines are dropped as well; then the file as it was is kept beside it.
    """
    if not path.exists():
        return
    lines = jsonlines.read(path, _Line, _SHAPE)
    if lines.damage:
        print_note(f"{set_aside(path)} keeps the file as it was")
    kept = [text + b"\n" for line, text in zip(lines.values, lines.texts, strict=True) if line.iteration <= iteration]
    write_whole(path, b"".join(kept))


def thinned(lines: Sequence[Line], until: int) -> list[HistoryPoint] | None:
    """Return at most 60 points of a history, each a mean over an equal stretch; None if there are no figures.

    Args:
        lines: oldest first.
        until: the last iteration that counts, at least 0.
    """
    stretches: dict[int, list[Line]] = {}
    for line in lines:
        if 0 < line["iteration"] <= until and any(name in line for name in _FIGURES):
            stretches.setdefault(math.ceil(line["iteration"] * MOST_POINTS / until), []).append(line)
    return [_point(each) for each in stretches.values()] or None


def _point(lines: Sequence[Line]) -> HistoryPoint:
    means = {}
    for name in _FIGURES:
        values = [line[name] for line in lines if math.isfinite(line.get(name, math.nan))]
        if values:
            means[name] = float(f"{sum(values) / len(values):.{_DIGITS}g}")
    return HistoryPoint(iteration=lines[-1]["iteration"], **means)
