"""How far ink, averaged back to the model's pixels, is from the model's own pictures, in grey levels and to readers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.outlines import UNITS
from digitgan.ink.raster import draw
from digitgan.ink.tracing import trace
from training.metrics.judge import Judge

SIDE = 28
HEIGHTS = (SIDE, 4 * SIDE)  # multiples of the model's height, so that they can be averaged back
_ROWS = 500  # images that are drawn together


def averaged_ink(images: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Return the ink of images, drawn at a height and averaged back: uint8 (N, 28, 28).

    Args:
        images: uint8 (N, 28, 28), N at least 1.
        height: a multiple of 28.
    """
    factor = height // SIDE
    parts = []
    for start in range(0, len(images), _ROWS):
        outlines = trace(images[start : start + _ROWS])
        n = len(outlines)
        drawn, _ = draw(outlines, np.arange(n + 1, dtype=np.int32), height, height, scale=height, units=SIDE * UNITS)
        means = drawn.reshape(n, SIDE, factor, SIDE, factor).mean(axis=(2, 4))
        parts.append(np.rint(means).astype(np.uint8))
    return np.concatenate(parts)


def measure(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    judges: Mapping[str, Judge],
    heights: Sequence[int] = HEIGHTS,
) -> dict[str, Any]:
    """Return the figures of the ink of some images, by height, and what judges read in the images themselves.

    Args:
        images: uint8 (N, 28, 28).
        labels: the requested classes, (N,).
        judges: by name.
        heights: at which ink is drawn, multiples of 28.
    """
    figures: dict[str, Any] = {"images": len(images), "read": _read(images, labels, judges), "heights": {}}
    for height in heights:
        ink = averaged_ink(images, height)
        squares = np.square(ink.astype(np.float64) - images).mean(axis=(1, 2))
        figures["heights"][str(height)] = {
            "rms": float(np.sqrt(squares.mean())),
            "rms_p99": float(np.quantile(np.sqrt(squares), 0.99)),
            "mass": float(ink.sum(dtype=np.int64) / images.sum(dtype=np.int64)),
            "read": _read(ink, labels, judges),
        }
    return figures


def _read(images: NDArray[np.uint8], labels: NDArray[np.integer], judges: Mapping[str, Judge]) -> dict[str, float]:
    """Return the share of images that each judge reads as their labels, by judge."""
    return {name: float(np.mean(judge.read(images).labels == labels)) for name, judge in judges.items()}
