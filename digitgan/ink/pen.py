"""A plausible path of the pen that wrote some ink: strokes in an order and direction in which people write digits.

Ink alone does not tell how it was written, so a path is a guess, and nothing here knows which digit it is of. In full:

1. A glyph is drawn at three pixels for each pixel of the model, and thinned to a skeleton: lines between ends and
   crossings. Lines that hardly leave the ink of a crossing are dropped, and crossings within each other's ink are one.
2. At a crossing, lines are paired so that the pen turns least. A line that is left over begins or ends a stroke; but a
   short one on the outside of a bend, as in the middle of a 3, is written out and back without lifting the pen.
3. A stroke begins at its upper end, and a level one on the left. A closed stroke, or a loop at the beginning of one,
   goes anticlockwise from its top. A stroke that would come in from the right, far below its top, as in a 4 that is
   closed, is two strokes that begin at the top.
4. Strokes follow each other from the upper left; specks come last.
5. Paths are smoothed, and points that lie on straight lines left out.

All arithmetic is in integers, and nothing here may change without a new major version, since animations at permanent
addresses are drawn along these paths.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitgan.ink.measures import extents
from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.raster import draw
from digitgan.ink.skeleton import Chain, Graph, Point
from digitgan.ink.thinning import thin

_FINE = 3  # pixels of the drawing for each pixel of the model
_MARGIN = 2  # pixels around the ink
_HALF_INK = 128
_AT_ONCE = 64  # glyphs that are drawn together
_DISTANCES = 2**16  # that are held in memory at a time
_SUB = 64  # steps of a smoothed coordinate in a pixel
_PASSES = 8  # of the smoothing
_TOLERANCE = _SUB // 3  # how far a path may be from the skeleton

_AHEAD = 60  # tenths of a pixel after a crossing that tell where a line goes
_MOST_DETOUR = 300  # tenths of a pixel
_MOST_PAIRED = 6  # lines at a crossing; there are 15 ways to pair six, and more at no crossing that a person writes
_BENT = 870  # of 1024, the straightness of a line that has a bend

End = tuple[Chain, int]


class Stroke(NamedTuple):
    """What a pen writes without being lifted."""

    points: NDArray[np.int32]
    """int32 (K, 2), K at least 1: x and y in units of the outlines, in the order of writing; one point is a dot."""
    radius: int
    """Half the width, in units, of a round pen that covers all ink whose nearest stroke is this one."""


def strokes(outlines: Outlines) -> list[list[Stroke]]:
    """Return the strokes of each glyph in the order of writing; a glyph without ink has none."""
    written: list[list[Stroke]] = []
    for start in range(0, len(outlines), _AT_ONCE):
        written += _of_some(outlines.part(start, min(start + _AT_ONCE, len(outlines))))
    return written


def _of_some(outlines: Outlines) -> list[list[Stroke]]:
    corners, shifted = _corners(outlines)
    height, width = (shifted.points.max(axis=0, initial=0) * _FINE // UNITS + 2 * _MARGIN).astype(int).tolist()[::-1]
    glyphs = np.arange(len(outlines) + 1, dtype=np.int32)
    pixels = draw(shifted, glyphs, height, width, scale=_FINE, units=UNITS).pixels
    most = pixels.max(axis=(1, 2), keepdims=True)
    ink = (pixels >= np.minimum(most, _HALF_INK)) & (most > 0)  # at least one pixel of a glyph that has ink
    made = []
    for i, skeleton in enumerate(thin(ink)):
        paths = _paths(Graph(skeleton, ink[i]), ink[i])
        made.append(_placed(paths, pixels[i], corners[i]))
    return made


def _corners(outlines: Outlines) -> tuple[NDArray[np.int32], Outlines]:
    """Return the upper left corner of each glyph's control points, int32 (N, 2), and the glyphs moved to the margin."""
    corners = extents(outlines)[:, :2] - _MARGIN * UNITS // _FINE
    return corners, outlines.with_points(outlines.points - outlines.for_points(corners))


def _paths(graph: Graph, ink: NDArray[np.bool_]) -> list[list[Point]]:
    """Return the paths of a glyph's strokes in pixels, in order and direction."""
    crossings = {graph.places[node] for node, ends in graph.ends().items() if len(ends) > 2}
    size = int(np.ptp(np.nonzero(ink.any(axis=1))[0])) if ink.any() else 0
    paths = [path for walk in _walks(graph) for path in _split(walk, crossings, size)]
    paths = [path[len(path) // 2 :][:1] if _is_dot(path, graph) else path for path in paths]
    directed = [_directed(path, size) for path in paths]
    return sorted(directed, key=lambda path: (6 * len(path) < size, 5 * path[0][0] + 4 * path[0][1], -len(path)))


def _is_dot(path: list[Point], graph: Graph) -> bool:
    """Return whether a path is shorter than the ink around it is thick."""
    (left, top), (right, bottom) = np.min(path, axis=0).tolist(), np.max(path, axis=0).tolist()
    length: int = max(right - left, bottom - top)
    return 10 * length <= graph.radius(path[len(path) // 2])


def _walks(graph: Graph) -> list[list[Point]]:
    """Return the path along each stroke."""
    next_of, detours, used = _continuations(graph)
    places = graph.places
    degrees = {node: len(ends) for node, ends in graph.ends().items()}
    walks: list[list[Point]] = [[place] for node, place in places.items() if not degrees[node]]

    def walk(line: Chain, end: int) -> list[Point]:
        """Return the path from an end of a line on, over all lines that continue it."""
        path = [places[line.nodes[end]]]
        here: End | None = (line, end)
        while here and here[0] not in used:
            line, end = here
            used.add(line)
            path += line.seen_from(end)
            arrived = (line, 1 - end)
            path.append(places[line.nodes[1 - end]])
            here = next_of.get(arrived)
            if here and (arm := detours.get(arrived) or detours.get(here)):
                path += arm
        return path

    ends = [(line, end) for line in graph.lines for end in (0, 1)]
    for line, end in [each for each in ends if each not in next_of] + ends:
        if line not in used:
            walks.append(walk(line, end))
    return [_without_repeats(path) for path in walks]


def _without_repeats(path: list[Point]) -> list[Point]:
    return [path[0], *(b for a, b in pairwise(path) if a != b)]


def _continuations(graph: Graph) -> tuple[dict[End, End], dict[End, list[Point]], set[Chain]]:
    """Return in which end each end of a line goes on, and where a pen goes out and back.

    Returns:
        next_of: end -> end, both ways.
        detours: the two ends that a pen goes on between -> the path out and back.
        used: the lines of these paths.
    """
    next_of: dict[End, End] = {}
    detours: dict[End, list[Point]] = {}
    used: set[Chain] = set()
    all_ends = graph.ends()
    for node, ends in all_ends.items():
        if len(ends) < 3:
            continue
        place = graph.places[node]
        ahead = max(2 * graph.radius(place), _AHEAD)
        ways = [_way(line.seen_from(end), place, ahead) for line, end in ends]
        excursions = [_excursion(all_ends, each) for each in ends]
        arm = _detour(ends, ways, [bool(each) for each in excursions])
        if arm is not None:
            a, b = (i for i in range(3) if i != arm)
            pairs = [(a, b)]
            out = [point for line, end in excursions[arm] for point in line.seen_from(end)]
            detours[ends[a]] = detours[ends[b]] = out + ends[arm][0].seen_from(1 - ends[arm][1])
            used |= {line for line, _ in excursions[arm]}
        elif len(ends) <= _MOST_PAIRED:
            pairs = max(_pairings(list(range(len(ends)))), key=lambda pairs: _score(pairs, ends, ways))
        else:
            pairs = []
        for a, b in pairs:
            next_of[ends[a]], next_of[ends[b]] = ends[b], ends[a]
    return next_of, detours, used


def _excursion(all_ends: dict[int, list[End]], way: End) -> list[End]:
    """Return a line that ends, or one that leads to a loop and the loop; nothing for any other line."""
    line, end = way
    others = [each for each in all_ends[line.nodes[1 - end]] if each[0] is not line]
    if not others:
        return [way]
    return [way, others[0]] if len(others) == 2 and others[0][0] is others[1][0] else []


def _detour(ends: list[End], ways: list[Point], has_end: list[bool]) -> int | None:
    """Return which of three lines a pen goes out and back on; None if it does not."""
    if len(ends) != 3:
        return None
    for arm in range(3):
        a, b = (i for i in range(3) if i != arm)
        bend = (-ways[a][0] - ways[b][0], -ways[a][1] - ways[b][1])
        if (
            has_end[arm]
            and ends[a][0] is not ends[b][0]
            and ends[arm][0].length <= min(_MOST_DETOUR, 7 * ends[a][0].length // 10, 7 * ends[b][0].length // 10)
            and _straightness(ways[a], ways[b]) < _BENT
            and bend[0] * ways[arm][0] + bend[1] * ways[arm][1] > 0
            and not (_is_down(ways[arm]) and _is_four(ways, a, b) | _is_four(ways, b, a))
        ):
            return arm
    return None


def _is_down(way: Point) -> bool:
    return way[1] > abs(way[0])


def _is_four(ways: list[Point], left: int, up: int) -> bool:
    """Return whether a line from the left meets a stem, as in a 4 or a 9."""
    return ways[left][0] < 0 and -ways[up][1] > abs(ways[up][0]) // 2 and ways[left][0] < ways[up][0]


def _pairings(items: list[int]) -> Iterator[list[tuple[int, int]]]:
    """Yield all ways to pair as many items as possible."""
    if len(items) < 2:
        yield []
        return
    first, *rest = items
    for i, other in enumerate(rest):
        for more in _pairings(rest[:i] + rest[i + 1 :]):
            yield [(first, other), *more]
    if len(items) % 2:
        yield from _pairings(rest)


def _score(pairs: list[tuple[int, int]], ends: list[End], ways: list[Point]) -> int:
    total = 0
    for a, b in pairs:
        total += -100_000 if ends[a][0] is ends[b][0] else _straightness(ways[a], ways[b])
        if len(ends) == 3:
            (other,) = (i for i in range(3) if i not in (a, b))
            if (_is_down(ways[a]) and _is_four(ways, other, b)) or (_is_down(ways[b]) and _is_four(ways, other, a)):
                total += 400
    return total


def _straightness(a: Point, b: Point) -> int:
    """Return 1024 if a path comes from one way and goes on the other without turning, -1024 if it turns back."""
    lengths = isqrt((a[0] ** 2 + a[1] ** 2) * (b[0] ** 2 + b[1] ** 2))
    return -1024 * (a[0] * b[0] + a[1] * b[1]) // max(lengths, 1)


def _way(points: Sequence[Point], place: Point, distance: int) -> Point:
    """Return the way from a node to the point of a line that is the given distance away, in tenths of a pixel."""
    for x, y in points:
        dx, dy = x - place[0], y - place[1]
        if 100 * (dx * dx + dy * dy) >= distance**2:
            break
    return dx, dy


def _split(path: list[Point], crossings: set[Point], size: int) -> Iterator[list[Point]]:
    """Yield the strokes of a path that may begin with a loop, as in a 9 or in a 4 that is closed.

    From a crossing, the loop is written anticlockwise from its top. A path that comes from the right, far below its
    top, is written as two strokes from the top.
    """
    path = path if path[0][1] <= path[-1][1] else path[::-1]
    first = path[0]
    if first in crossings and path.count(first) == 2 and path[-1] != first:
        back = path.index(first, 1)
        loop = path[: back + 1]
        top = min(range(len(loop)), key=lambda i: (loop[i][1], -loop[i][0]))
        if _twice_area(loop) > 0 and back < len(path) - 1:
            yield loop[: top + 1][::-1] + loop[:top:-1] + path[top:]
            return
    top = min(range(len(path)), key=lambda i: (path[i][1], path[i][0]))
    if (
        first != path[-1]
        and first not in crossings
        and 4 * (first[1] - path[top][1]) > size
        and first[0] > path[top][0]
        and _comes_from_right(path)
    ):
        yield path[: top + 1]
        yield path[top:]
    else:
        yield path


def _twice_area(path: list[Point]) -> int:
    """Return twice the area within a closed path, negative if it goes anticlockwise as seen."""
    return sum(a * d - c * b for (a, b), (c, d) in pairwise(path))


def _comes_from_right(path: list[Point]) -> bool:
    a, b = path[0], path[min(len(path) - 1, 9)]
    return a[0] - b[0] > abs(a[1] - b[1])


def _directed(path: list[Point], size: int) -> list[Point]:
    """Return a path in the direction in which it is written, from its top if it is closed."""
    first, last = path[0], path[-1]
    gap = isqrt((first[0] - last[0]) ** 2 + (first[1] - last[1]) ** 2)
    if first == last and len(path) > 2:
        top = min(range(len(path) - 1), key=lambda i: (path[i][1], -path[i][0]))
        path = path[top:-1] + path[: top + 1]
    if len(path) > 2 and 3 * gap < size and len(path) > 3 * gap:
        twice = _twice_area([*path, path[0]])
        (left, top), (right, bottom) = np.min(path, axis=0).tolist(), np.max(path, axis=0).tolist()
        if 2 * abs(twice) > (right - left) * (bottom - top):
            return path if twice < 0 else path[::-1]
        sixth = len(path) // 6  # as an 8, which begins to the left
        return path if path[sixth][0] <= path[-1 - sixth][0] else path[::-1]
    return path if 3 * first[1] + first[0] <= 3 * last[1] + last[0] else path[::-1]


def _placed(paths: list[list[Point]], pixels: NDArray[np.uint8], corner: NDArray[np.int32]) -> list[Stroke]:
    """Return strokes in units, with what each must cover."""
    if not paths:
        return []
    smooth = [_smoothed(path) for path in paths]
    thinned = [_without_straights(path) for path in smooth]
    rows, columns = np.nonzero(pixels)
    ink = np.stack([columns, rows], axis=1) * _SUB + _SUB // 2
    nearest = np.stack([_distances(ink, path) for path in smooth])
    owner = nearest.argmin(axis=0)
    made = []
    for i, path in enumerate(thinned):
        far = nearest[i][owner == i].max(initial=0)
        radius = isqrt(int(far)) + _SUB + _TOLERANCE
        points = (path * UNITS // (_FINE * _SUB)).astype(np.int32) + corner
        made.append(Stroke(points, radius * UNITS // (_FINE * _SUB) + 1))
    return made


def _distances(places: NDArray[np.int64], path: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how far each place is from the nearest point of a path, squared: int64 (N,)."""
    at_once = max(1, _DISTANCES // len(path))
    (x, y), (path_x, path_y) = places.T[..., None], path.T
    parts = [slice(start, start + at_once) for start in range(0, len(places), at_once)]
    return np.concatenate([((x[part] - path_x) ** 2 + (y[part] - path_y) ** 2).min(axis=1) for part in parts])


def _smoothed(path: list[Point]) -> NDArray[np.int64]:
    """Return the middle of a path's pixels, smoothed, in 1/64 pixel: int64 (K, 2)."""
    points = np.array(path, np.int64) * _SUB + _SUB // 2
    is_closed = len(path) > 2 and path[0] == path[-1]
    for _ in range(_PASSES):
        if len(points) < 3:
            break
        inner = (points[:-2] + 2 * points[1:-1] + points[2:] + 2) // 4
        if is_closed:
            joint = (points[-2:-1] + 2 * points[:1] + points[1:2] + 2) // 4
            points = np.concatenate([joint, inner, joint])
        else:
            points = np.concatenate([points[:1], inner, points[-1:]])
    return points


def _without_straights(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fewest points of a path that stay near it, by Douglas and Peucker's way."""
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        start, stop = spans.pop()
        if stop - start < 2:
            continue
        ahead, inner = points[stop] - points[start], points[start + 1 : stop] - points[start]
        squared = int((ahead**2).sum())
        along = inner @ ahead
        beyond = np.minimum(np.abs(inner).max(axis=1), np.abs(inner - ahead).max(axis=1))
        aside = np.abs(inner[:, 0] * ahead[1] - inner[:, 1] * ahead[0]) // max(isqrt(squared), 1)
        off = np.where((along < 0) | (along > squared) | (squared == 0), beyond, aside)
        far = int(off.argmax())
        if off[far] > _TOLERANCE:
            kept.add(start + 1 + far)
            spans += [(start, start + 1 + far), (start + 1 + far, stop)]
    return points[sorted(kept)]
