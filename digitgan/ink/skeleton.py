"""Skeletons as graphs: lines between the ends and the crossings of strokes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Point = tuple[int, int]  # x, y

_MOST_LINES = 60  # digits and signs have ten at most
# In tenths of a pixel:
_TOUCHING = 14  # the length of a diagonal step
_NO_LOOP = 60  # the longest way around a few pixels of a crossing


class Chain:
    """A chain of pixels between two nodes, which may be the same one.

    Attributes:
        nodes: its first and its last node.
        points: its pixels, those of the nodes included.
    """

    __slots__ = ("nodes", "points")

    def __init__(self, nodes: Sequence[int], points: list[Point]) -> None:
        self.nodes = list(nodes)
        self.points = points

    @property
    def length(self) -> int:
        """Its length in tenths of a pixel."""
        return sum(isqrt(100 * ((c - a) ** 2 + (d - b) ** 2)) for (a, b), (c, d) in pairwise(self.points))

    def seen_from(self, end: int) -> list[Point]:
        """Return its pixels from its first node (end 0) or from its last one (end 1)."""
        return self.points if end == 0 else self.points[::-1]


class Graph:
    """The lines of one skeleton.

    Attributes:
        places: the pixel of each node.
        lines: lines between nodes; a closed line without a crossing begins and ends at a node of its own.
    """

    def __init__(self, skeleton: NDArray[np.bool_], ink: NDArray[np.bool_]) -> None:
        """Make the graph of a skeleton, bool (H, W), in the ink that it is of; the outermost pixels are without ink."""
        rows, columns = np.nonzero(skeleton)
        self._pixels = set(zip(columns.tolist(), rows.tolist(), strict=True))
        around = np.zeros_like(ink)
        around[1:] |= ink[:-1]
        around[:-1] |= ink[1:]
        around[:, 1:] |= ink[:, :-1]
        around[:, :-1] |= ink[:, 1:]
        rows, columns = np.nonzero(around & ~ink)
        self._border = np.stack([columns, rows], axis=1)
        self._radii: dict[Point, int] = {}
        self.places: dict[int, Point] = {}
        self.lines: list[Chain] = []
        self._trace()
        self._simplify()

    def ends(self) -> dict[int, list[tuple[Chain, int]]]:
        """Return the ends of lines at each node."""
        ends: dict[int, list[tuple[Chain, int]]] = {node: [] for node in self.places}
        for line in self.lines:
            for end in (0, 1):
                ends[line.nodes[end]].append((line, end))
        return ends

    def radius(self, place: Point) -> int:
        """Return how far the nearest pixel without ink is, in tenths of a pixel."""
        if place not in self._radii:
            self._radii[place] = isqrt(100 * int(((self._border - np.array(place)) ** 2).sum(axis=1).min()))
        return self._radii[place]

    def _trace(self) -> None:
        around = {pixel: list(self._around(pixel)) for pixel in sorted(self._pixels, key=lambda p: (p[1], p[0]))}
        node_of = {pixel: i for i, pixel in enumerate(p for p, near in around.items() if len(near) != 2)}
        self.places = {node: pixel for pixel, node in node_of.items()}
        passed: set[Point] = set()
        left: set[tuple[Point, Point]] = set()  # first steps of lines that were walked from their other end
        for start in list(node_of):
            for step in around[start]:
                if (start, step) in left:
                    continue
                points = [start, step]
                while points[-1] not in node_of:
                    passed.add(points[-1])
                    points.append(next(p for p in around[points[-1]] if p != points[-2]))
                left.add((points[-1], points[-2]))
                self.lines.append(Chain((node_of[start], node_of[points[-1]]), points))
        for start in around:
            if start in node_of or start in passed:
                continue
            points = [start, around[start][0]]
            while points[-1] != start:
                points.append(next(p for p in around[points[-1]] if p != points[-2]))
            passed.update(points)
            node = len(self.places)
            self.places[node] = start
            self.lines.append(Chain((node, node), points))

    def _around(self, pixel: Point) -> Iterator[Point]:
        """Yield the neighbours of a pixel; one at a corner only if no pixel beside both joins them."""
        x, y = pixel
        for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0)):
            if (x + dx, y + dy) in self._pixels:
                yield x + dx, y + dy
        for dx, dy in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
            if (x + dx, y + dy) in self._pixels and (x + dx, y) not in self._pixels and (x, y + dy) not in self._pixels:
                yield x + dx, y + dy

    def _simplify(self) -> None:
        """Remove spurs, and join what is one line or one crossing; but leave what nobody writes as it is."""
        while len(self.lines) <= _MOST_LINES and (
            self._contract(0) or self._drop_knot() or self._join() or self._prune() or self._contract(2)
        ):
            pass

    def _drop_knot(self) -> bool:
        """Remove a line that goes around a few pixels of a crossing; return whether there was one."""
        for i, line in enumerate(self.lines):
            if line.nodes[0] == line.nodes[1] and line.length <= _NO_LOOP:
                del self.lines[i]
                return True
        return False

    def _prune(self) -> bool:
        """Remove the line that sticks out least, if that is not more than the ink of a crossing; return whether."""
        ends, spurs = self.ends(), []
        for i, line in enumerate(self.lines):
            (few, tip), (many, root) = sorted((len(ends[node]), node) for node in line.nodes)
            if few == 1 and many > 2:
                out, thick = line.length + self.radius(self.places[tip]), self.radius(self.places[root])
                if 10 * out < 17 * thick + 100:  # so its tip is outside by less than its own thickness
                    spurs.append((out, i, tip))
        if not spurs:
            return False
        _, i, tip = min(spurs)
        del self.lines[i], self.places[tip]
        return True

    def _join(self) -> bool:
        """Join two lines at a node that has no other; return whether."""
        for node, ends in self.ends().items():
            if len(ends) == 2 and ends[0][0] is not ends[1][0]:
                (a, a_end), (b, b_end) = ends
                points = a.seen_from(1 - a_end) + b.seen_from(b_end)[1:]
                joined = Chain((a.nodes[1 - a_end], b.nodes[1 - b_end]), points)
                self.lines = [line for line in self.lines if line is not a and line is not b] + [joined]
                del self.places[node]
                return True
        return False

    def _contract(self, radii: int) -> bool:
        """Make the shortest line between two crossings one node, if it is short enough; return whether it was.

        Args:
            radii: how long it may be, as a multiple of half a stroke's width; 0 for crossings that touch.
        """
        ends, short = self.ends(), []
        for i, line in enumerate(self.lines):
            a, b = line.nodes
            if a != b and len(ends[a]) > 2 and len(ends[b]) > 2:
                limit = radii * max(self.radius(self.places[a]), self.radius(self.places[b])) + 30 if radii else 0
                if line.length <= max(limit, _TOUCHING):
                    short.append((line.length, i))
        if not short:
            return False
        line = self.lines.pop(min(short)[1])
        kept, gone = line.nodes
        self.places[kept] = line.points[len(line.points) // 2]
        del self.places[gone]
        for other in self.lines:
            other.nodes = [kept if node == gone else node for node in other.nodes]
        return True
