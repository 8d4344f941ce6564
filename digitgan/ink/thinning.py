"""Skeletons of ink: lines of one pixel in the middle of strokes.

Source: Z. Guo and R. Hall, "Parallel thinning with two-subiteration algorithms", Communications of the ACM 32, 1989,
algorithm A1.
"""

import numpy as np
from numpy.typing import NDArray


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the skeletons of pictures, with as many connected pieces and holes: bool (N, H, W).

    Args:
        ink: bool (N, H, W), without ink in the outermost rows and columns.
    """
    _, _, width = ink.shape
    steps = np.array([-width, 1 - width, 1, width + 1, width, width - 1, -1, -width - 1])  # clockwise from the top
    flat = ink.astype(np.uint8).ravel()
    left = np.flatnonzero(flat)
    is_done = False
    while not is_done:
        is_done = True
        for removable in _REMOVABLE:
            around = np.zeros(len(left), np.uint8)
            for bit, step in enumerate(steps):
                around |= flat[left + step] << np.uint8(bit)
            is_removed = removable[around]
            if is_removed.any():
                is_done = False
                flat[left[is_removed]] = 0
                left = left[~is_removed]
    return flat.astype(bool).reshape(ink.shape)


def _removable(turn: int) -> NDArray[np.bool_]:
    """Return for each neighbourhood, a bit a neighbour, whether its pixel is removed: bool (256,).

    Args:
        turn: 0 for the sub-iteration that removes from the right and from below, 4 for the other one.
    """
    p = [(np.arange(256) >> bit & 1).astype(bool) for bit in range(8)]
    pieces = sum((~p[i] & (p[i + 1] | p[(i + 2) % 8])).astype(int) for i in (0, 2, 4, 6))
    odd_pairs = sum((p[i - 1] | p[i]).astype(int) for i in (0, 2, 4, 6))
    even_pairs = sum((p[i] | p[i + 1]).astype(int) for i in (0, 2, 4, 6))
    n = np.minimum(odd_pairs, even_pairs)
    is_on_side = (p[turn] | p[turn + 1] | ~p[(turn + 3) % 8]) & p[turn + 2]
    removable: NDArray[np.bool_] = (pieces == 1) & (n >= 2) & (n <= 3) & ~is_on_side
    return removable


_REMOVABLE = (_removable(0), _removable(4))
