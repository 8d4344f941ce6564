"""Parts of a mask, against a flood fill."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from digitgan.hands.components import components


def _filled(mask: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    left = set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
    parts = []
    while left:
        part, waiting = set(), [left.pop()]
        while waiting:
            y, x = waiting.pop()
            part.add((y, x))
            near = {(y + down, x + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            waiting += near
        parts.append(part)
    return parts


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_components_are_those_of_a_flood_fill(mask: NDArray[np.bool_]) -> None:
    found = components(mask)
    parts = {
        number: set(zip(*np.nonzero(found.labels == number), strict=True)) for number in range(1, len(found.areas) + 1)
    }
    assert sorted(map(sorted, parts.values())) == sorted(map(sorted, _filled(mask)))
    for number, part in parts.items():
        rows, columns = zip(*part, strict=True)
        box = [min(columns), min(rows), max(columns) + 1, max(rows) + 1]
        assert (found.areas[number - 1], found.boxes[number - 1].tolist()) == (len(part), box)


def test_components_join_a_long_spiral() -> None:
    mask = np.zeros((121, 121), bool)
    y = x = 60
    for turn in range(100):
        down, across = ((0, 1), (1, 0), (0, -1), (-1, 0))[turn % 4]
        for _ in range(turn + 1):
            mask[min(max(y, 0), 120), min(max(x, 0), 120)] = True
            y, x = y + down, x + across
    assert len(components(mask).areas) == 1
