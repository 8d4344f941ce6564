"""Whether the digits of a hand are alike: stroke width and slant of the posted digit, beside those of the nine others.

The stroke width is twice the area of the ink over the length of its outline. The slant is the mixed second moment of
the ink over the vertical one: how far it moves to the right as it goes up. Both come from the outlines that ink is
drawn from, `digitgan.ink`. Classes differ in both, so each value is standardised within its class first.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.hands.models import Images, Labels
from digitgan.ink.measures import moments
from digitgan.ink.outlines import UNITS
from digitgan.ink.tracing import trace

_ROWS = 500  # images that are traced together
_SURE = 1.96  # standard deviations on either side of a 95 % interval


def strokes(images: Images) -> dict[str, NDArray[np.float64]]:
    """Return the stroke width, in pixels, and the slant of each image: float64 (N,) each; 0 where there is no ink.

    Args:
        images: uint8 (N, 28, 28).
    """
    widths, slants = [], []
    for start in range(0, len(images), _ROWS):
        ink = moments(trace(images[start : start + _ROWS]))
        widths.append(ink.area / np.maximum(ink.perimeter, 1) / UNITS)  # this area is already twice the ink's
        slants.append(ink.lean / np.maximum(ink.spread, 1))
    return {"width": np.concatenate(widths), "slant": np.concatenate(slants)}


def measure(posted: Images, labels: Labels, drawn: Images) -> dict[str, Any]:
    """Return for stroke width and slant how the posted digits correlate with the other digits of their hands.

    Args:
        posted: uint8 (N, 28, 28).
        labels: theirs, (N,); each class occurs at least twice, and its digits differ.
        drawn: all digits of each hand, uint8 (N, C, 28, 28).

    Returns:
        For each measure the ``correlation`` with the mean of the others, the ``least`` and ``most`` of its 95 %
        interval by Fisher's z, and the mean correlation with each of the others alone, ``pair``.
    """
    n, n_classes = drawn.shape[:2]
    of_posted, of_drawn = strokes(posted), strokes(drawn.reshape(n * n_classes, *drawn.shape[2:]))
    is_other = np.arange(n_classes) != labels[:, None]
    figures = {}
    for name, values in of_posted.items():
        own = _within_classes(values, labels)
        others = of_drawn[name].reshape(n, n_classes)
        others = (others - others.mean(axis=0)) / others.std(axis=0)
        correlation = float(np.corrcoef(own, (others * is_other).sum(axis=1) / (n_classes - 1))[0, 1])
        pairs = [np.corrcoef(own[rows], others[rows, c])[0, 1] for c, rows in enumerate(is_other.T)]
        middle, half = np.arctanh(correlation), _SURE / np.sqrt(n - 3)
        figures[name] = {
            "correlation": correlation,
            "least": float(np.tanh(middle - half)),
            "most": float(np.tanh(middle + half)),
            "pair": float(np.mean(pairs)),
        }
    return figures


def _within_classes(values: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    """Return values with mean 0 and standard deviation 1 in each class."""
    standard = np.empty_like(values)
    for label in np.unique(labels):
        rows = labels == label
        standard[rows] = (values[rows] - values[rows].mean()) / values[rows].std()
    return standard
