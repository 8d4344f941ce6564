"""A run's history: a file with one JSON object per line, and the few points of it that a card holds.

A line holds an iteration and what was known then: mean losses and accuracy, the judge's figures, a warning or a
rollback.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.card import HistoryPoint
from digitgan.contract.documents import BadDocument, Shape, read_lines

from .errors import RunRefused

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
    """Append a line, which must have an ``iteration``."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path: Path) -> list[Line]:
    """Return the lines, oldest first, without a last line that a killed process left half-written.

    Raises:
        RunRefused: a line is not one of a history.
    """
    if not path.exists():
        return []
    try:
        return [line.model_dump(exclude_unset=True) for line in read_lines(path, _Line, _SHAPE)]
    except BadDocument as error:
        raise RunRefused(f"{path}: {error}") from error


def cut(path: Path, iteration: int) -> None:
    """Drop the lines of later iterations, which an interruption or a rollback has undone."""
    if path.exists():
        kept = [line for line in read(path) if line["iteration"] <= iteration]
        aside = path.with_suffix(".tmp")
        aside.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        aside.replace(path)


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
