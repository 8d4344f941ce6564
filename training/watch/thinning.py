"""Knows how a run's history becomes the few points of it that a card holds.

Does not know runs or cards' folders, nor how a history is drawn.
"""

import math
from collections.abc import Sequence

from digitgan.contract.card import HistoryPoint
from training import history

MOST_POINTS = 60  # enough for a chart as wide as a column of text
_FIGURES = [name for name in HistoryPoint.model_fields if name != "iteration"]
_DIGITS = 4  # significant ones


def thinned(lines: Sequence[history.Line], until: int) -> list[HistoryPoint] | None:
    """Return at most 60 points of a history, each the means over an equal stretch of it; None where it tells nothing.

    Args:
        lines: oldest first.
        until: the last iteration that counts, at least 0.
    """
    stretches: dict[int, list[history.Line]] = {}
    for line in lines:
        if 0 < line["iteration"] <= until and any(name in line for name in _FIGURES):
            stretches.setdefault(math.ceil(line["iteration"] * MOST_POINTS / until), []).append(line)
    return [_point(each) for each in stretches.values()] or None


def _point(lines: Sequence[history.Line]) -> HistoryPoint:
    means = {}
    for name in _FIGURES:
        values = [line[name] for line in lines if name in line]
        if values:
            means[name] = float(f"{sum(values) / len(values):.{_DIGITS}g}")
    return HistoryPoint(iteration=lines[-1]["iteration"], **means)
