"""Graphs of skeletons have the lines that a person sees, without spurs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.ink.skeleton import Graph
from digitgan.ink.thinning import thin

from .glyphs import written


def graph(*paths: list[tuple[float, float]], width: float = 3) -> Graph:
    """Return the graph of some paths in pixels of the model, written with a pen of a width."""
    ink = np.pad(written(*paths, width=width)[0].repeat(3, axis=0).repeat(3, axis=1) >= 128, 2)
    return Graph(thin(ink[None])[0], ink)


def degrees(made: Graph) -> list[int]:
    return sorted(len(ends) for ends in made.ends().values())


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([[(5, 5), (20, 22)]], [1, 1]),
        ([[(14, 4), (14, 24)], [(5, 14), (23, 14)]], [1, 1, 1, 1, 4]),
        ([[(14, 4), (14, 24)], [(5, 10), (14, 14), (23, 18)]], [1, 1, 1, 1, 4]),
        ([[(6, 4), (6, 24)], [(6, 14), (22, 14)]], [1, 1, 1, 3]),
        ([[(7, 7), (21, 7), (21, 21), (7, 21), (7, 7)]], [2]),
        ([[(14, 4), (7, 14), (14, 24), (21, 14), (7, 14)]], [1, 3]),
        ([], []),
    ],
)
def test_lines_meet_where_strokes_do(paths: list[list[tuple[float, float]]], expected: list[int]) -> None:
    assert degrees(graph(*paths)) == expected


def test_bumps_of_an_edge_are_no_lines() -> None:
    stroke: NDArray[np.bool_] = np.zeros((80, 80), bool)
    stroke[30:42, 10:70] = True
    stroke[26:30, 30:33] = stroke[42:45, 50:53] = True
    assert degrees(Graph(thin(stroke[None])[0], stroke)) == [1, 1]
