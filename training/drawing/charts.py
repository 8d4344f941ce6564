"""Line charts as SVG elements for a page: axes, round ticks, curves and marked levels.

Charts contain no colours: curves have the classes ``c0``, ``c1``, ..., to which the page's style sheet gives colours
for light and dark.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT = 440, 240  # units; the page scales them
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 26, 26
_LETTER, _LINE = 6.4, 16  # the most units that a letter is wide and a line of text is high


@dataclass(frozen=True)
class Curve:
    """Points connected by a line.

    Args:
        name: for the legend.
        xs: ascending.
        ys: one for each x; a value that is not finite interrupts the line.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


@dataclass(frozen=True)
class Level:
    """A marked height.

    Args:
        y: the height.
        name: written at one end.
    """

    y: float
    name: str


def line_chart(
    title: str,
    curves: Sequence[Curve],
    *,
    levels: Sequence[Level] = (),
    y_range: tuple[float, float] | None = None,
    x_name: str = "iteration",
    is_share: bool = False,
) -> str:
    """Return a chart as one ``<svg>`` element.

    Args:
        title: also for screen readers.
        curves: with at least one point each.
        levels: marked heights, inside the range.
        y_range: lowest and highest y; wider if values lie outside. Default: the range of all values. If a fiftieth of
            them at either end would squeeze the rest into less than a tenth of the height, the range is that of the
            rest, the curves leave the chart there, and a text says how far they go.
        x_name: of the axis.
        is_share: whether y is shown in per cent.
    """
    low, high = _range(curves, levels, y_range)
    start = min(curve.xs[0] for curve in curves)
    end = max(curve.xs[-1] for curve in curves)

    def x(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - start) / ((end - start) or 1)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / ((high - low) or 1)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    for tick in ticks(low, high):
        text = f"{tick:.0%}" if is_share else f"{tick:g}"
        parts.append(f'<path class="grid" d="M{_LEFT} {y(tick):.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{text}</text>')
    for tick in ticks(start, end):
        anchor = "end" if x(tick) > WIDTH - 40 else "middle"
        text = f"{tick:,.0f}" if end > 10 else f"{tick:g}"
        parts.append(f'<text class="tick" x="{x(tick):.1f}" y="{HEIGHT - 9}" text-anchor="{anchor}">{text}</text>')
    if x_name and all(x(tick) > _LEFT + 70 for tick in ticks(start, end)):
        parts.append(f'<text class="tick" x="{_LEFT}" y="{HEIGHT - 9}">{escape(x_name)}</text>')
    drawn = [[point and (x(point[0]), y(point[1])) for point in _inside(curve, low, high)] for curve in curves]
    for level in levels:
        parts.append(f'<path class="level" d="M{_LEFT} {y(level.y):.1f}H{WIDTH - _RIGHT}"/>')
        place = _beside(y(level.y), level.name, [point for points in drawn for point in points if point])
        parts.append(f'<text class="mark" {place}>{escape(level.name)}</text>')
    for index, points in enumerate(drawn):
        parts.append(f'<path class="curve c{index}" d="{_path(points)}"/>')
    for value, at, arrow, height in _beyond(curves, low, high):
        anchor = "start" if x(at) < WIDTH / 2 else "end"
        parts.append(
            f'<text class="mark" x="{x(at):.1f}" y="{height}" text-anchor="{anchor}">{arrow} {value:.3g}</text>'
        )
    left = float(_LEFT)
    for index, curve in enumerate(curves):
        parts.append(f'<path class="curve c{index}" d="M{left:.0f} 12h16"/>')
        parts.append(f'<text class="key" x="{left + 21:.0f}" y="16">{escape(curve.name)}</text>')
        left += 36 + _LETTER * len(curve.name)
    return "".join([*parts, "</svg>"])


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round values between two others, ascending, in steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _range(curves: Sequence[Curve], levels: Sequence[Level], given: tuple[float, float] | None) -> tuple[float, float]:
    values = sorted(y for curve in curves for y in curve.ys if math.isfinite(y)) or [0.0, 1.0]
    if given:
        return min(given[0], values[0]), max(given[1], values[-1])
    marks = [*(level.y for level in levels), 0.0]
    low, high = min(values[0], *marks), max(values[-1], *marks)
    n_extreme = len(values) // 50
    rest = [*values[n_extreme : len(values) - n_extreme], *marks]
    if max(rest) - min(rest) < (high - low) / 10:  # a loss that exploded would flatten everything else
        low, high = min(rest), max(rest)
    span = (high - low) or 1.0
    is_marked = any(level.y == low and level.name for level in levels)
    return low - (0.08 * span if is_marked else 0), low + 1.06 * span  # leaves room below for the level's name


def _inside(curve: Curve, low: float, high: float) -> list[Point | None]:
    """Return the parts of a curve that lie in a range, cut at its borders; None interrupts the line."""
    inside: list[Point | None] = []
    before: Point | None = None
    for point in zip(curve.xs, curve.ys, strict=True):
        if not math.isfinite(point[1]):
            inside.append(None)
            before = None
            continue
        if before:
            (x0, y0), (x1, y1) = before, point
            crossed = [each for each in sorted((low, high), reverse=y0 > y1) if min(y0, y1) < each < max(y0, y1)]
            inside += [(x0 + (x1 - x0) * (border - y0) / (y1 - y0), border) for border in crossed]
        inside.append(point if low <= point[1] <= high else None)
        before = point
    return inside


def _beyond(curves: Sequence[Curve], low: float, high: float) -> Iterator[tuple[float, float, str, float]]:
    """Yield the furthest value above and below a range with its x, an arrow, and the height of the text about it."""
    points = [(y, x) for curve in curves for x, y in zip(curve.xs, curve.ys, strict=True) if math.isfinite(y)]
    if points and max(points)[0] > high:
        yield (*max(points), "\u2191", _TOP + 12)
    if points and min(points)[0] < low:
        yield (*min(points), "\u2193", HEIGHT - _BOTTOM - 5)


def _beside(height: float, text: str, points: Sequence[Point]) -> str:
    """Return the place of a level's name: at the right or left end, above or below, wherever it hides no curve."""
    width = _LETTER * len(text)
    places = []
    for left, x, anchor in ((WIDTH - _RIGHT - width, WIDTH - _RIGHT, "end"), (_LEFT, _LEFT, "start")):
        for top, y in ((height - _LINE, height - 5), (height, height + 14)):
            if top >= _TOP and top + _LINE <= HEIGHT - _BOTTOM + 4:
                n_hidden = sum(left <= a <= left + width and top <= b <= top + _LINE for a, b in points)
                places.append((n_hidden, f'x="{x}" y="{y:.1f}" text-anchor="{anchor}"'))
    return min(places, key=lambda place: place[0])[1]


def _path(points: Sequence[Point | None]) -> str:
    """Return path data through the points, with a new start after each gap."""
    data, joined = [], False
    for point in points:
        if point:
            data.append(f"{'L' if joined else 'M'}{point[0]:.1f} {point[1]:.1f}")
        joined = point is not None
    return "".join(data)
