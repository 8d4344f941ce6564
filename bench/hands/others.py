"""Whether the nine digits that nobody posted read as asked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bench.hands.models import Labels, Model, Styles
from training.metrics.judge import Judge

_ROWS = 1000  # hands whose digits are in memory at once


def measure(model: Model, styles: Styles, labels: Labels, judges: Mapping[str, Judge]) -> dict[str, dict[str, float]]:
    """Return for each judge which shares read as asked: of the digits, and of the hands with all of their nine.

    Args:
        model: draws them.
        styles: float32 (N, S).
        labels: the digit of each hand that is left out, (N,).
        judges: by name.
    """
    found: dict[str, list[np.ndarray[Any, np.dtype[np.bool_]]]] = {name: [] for name in judges}
    for start in range(0, len(styles), _ROWS):
        drawn = model.all_digits(styles[start : start + _ROWS])
        is_other = np.arange(drawn.shape[1]) != labels[start : start + _ROWS, None]
        asked = np.nonzero(is_other)[1]
        for name, judge in judges.items():
            found[name].append((judge.read(drawn[is_other]).labels == asked).reshape(len(drawn), -1))
    each = {name: np.concatenate(parts) for name, parts in found.items()}
    return {
        name: {"digits": float(right.mean()), "hands": float(right.all(axis=1).mean())} for name, right in each.items()
    }
