"""The connected parts of a mask of pixels: which pixels belong together, how many, and where."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Components(NamedTuple):
    """The connected parts of a mask, in no particular order.

    Attributes:
        labels: int32 (H, W), 0 where the mask is not set, else 1 and the component's position in the other fields.
        areas: int64 (N,), pixels.
        boxes: int64 (N, 4): left, top, right and bottom; right and bottom exclusive.
    """

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]
    boxes: NDArray[np.int64]


def components(mask: NDArray[np.bool_]) -> Components:
    """Return the parts of a mask (H, W) whose pixels touch, at a side or at a corner.

    Runs of set pixels in a row are joined to those that touch them in the row above. Then every run takes the least
    number among its neighbours', and the number of the run that has that number, until nothing changes.
    """
    height, width = mask.shape
    stride = width + 1  # a column without ink ends each row
    padded = np.zeros((height, stride), np.int8)
    padded[:, :width] = mask
    steps = np.diff(padded.ravel(), prepend=0)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    first = np.searchsorted(ends + stride, starts, side="left")  # of the runs above that reach this one
    last = np.searchsorted(starts + stride, ends, side="right")
    n_above = np.maximum(last - first, 0)
    below = np.repeat(np.arange(len(starts)), n_above)
    above = np.arange(len(below)) - np.repeat(np.cumsum(n_above) - n_above, n_above) + np.repeat(first, n_above)
    roots = _roots(len(starts), above, below)

    names, of_run = np.unique(roots, return_inverse=True)
    lengths = ends - starts
    areas = np.bincount(of_run, lengths, len(names)).astype(np.int64)
    rows, lefts = np.divmod(starts, stride)
    boxes = np.empty((len(names), 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = max(height, width), 0
    np.minimum.at(boxes[:, 0], of_run, lefts)
    np.minimum.at(boxes[:, 1], of_run, rows)
    np.maximum.at(boxes[:, 2], of_run, lefts + lengths)
    np.maximum.at(boxes[:, 3], of_run, rows + 1)

    changes = np.zeros(height * stride + 1, np.int32)
    changes[starts] = of_run + 1
    changes[ends] -= of_run.astype(np.int32) + 1
    labels = np.cumsum(changes[:-1], dtype=np.int32).reshape(height, stride)[:, :width]
    return Components(labels, areas, boxes)


def _roots(n: int, above: NDArray[np.int64], below: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least number of each of n runs that pairs join, directly or by others."""
    roots = np.arange(n)
    while True:
        least = np.minimum(roots[above], roots[below])
        before = roots.copy()
        np.minimum.at(roots, before[above], least)
        np.minimum.at(roots, before[below], least)
        roots = roots[roots]
        if np.array_equal(roots, before):
            return roots
