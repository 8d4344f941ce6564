"""Line charts as SVG elements for a page: axes, round ticks, curves and marked levels.

Charts contain no colours: curves have the classes ``c0``, ``c1``, ..., to which the page's style sheet gives colours
for light and dark.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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
        y_range: lowest and highest y; values outside are drawn at the border. Default: the range of all values without
            the highest fiftieth, because a run's first losses are far above the rest.
        x_name: of the axis.
        is_share: whether y is shown in per cent.
    """
    low, high = y_range or _range(curves, levels)
    start = min(curve.xs[0] for curve in curves)
    end = max(curve.xs[-1] for curve in curves)

    def x(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - start) / ((end - start) or 1)

    def y(value: float) -> float:
        share = min(max((value - low) / ((high - low) or 1), 0), 1)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share

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
    drawn = [
        [(x(a), y(b)) if math.isfinite(b) else None for a, b in zip(curve.xs, curve.ys, strict=True)]
        for curve in curves
    ]
    for level in levels:
        parts.append(f'<path class="level" d="M{_LEFT} {y(level.y):.1f}H{WIDTH - _RIGHT}"/>')
        place = _beside(y(level.y), level.name, [point for points in drawn for point in points if point])
        parts.append(f'<text class="mark" {place}>{escape(level.name)}</text>')
    for index, points in enumerate(drawn):
        parts.append(f'<path class="curve c{index}" d="{_path(points)}"/>')
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


def _range(curves: Sequence[Curve], levels: Sequence[Level]) -> tuple[float, float]:
    values = sorted(y for curve in curves for y in curve.ys if math.isfinite(y)) or [0.0, 1.0]
    kept = [*values[: math.ceil(0.98 * (len(values) - 1)) + 1], *(level.y for level in levels), 0.0]
    low, high = min(kept), max(kept)
    span = (high - low) or 1.0
    is_marked = any(level.y == low and level.name for level in levels)
    return low - (0.08 * span if is_marked else 0), low + 1.06 * span  # leaves room below for the level's name


def _beside(height: float, text: str, points: Sequence[tuple[float, float]]) -> str:
    """Return the place of a level's name: at the right or left end, above or below, wherever it hides no curve."""
    width = _LETTER * len(text)
    places = []
    for left, x, anchor in ((WIDTH - _RIGHT - width, WIDTH - _RIGHT, "end"), (_LEFT, _LEFT, "start")):
        for top, y in ((height - _LINE, height - 5), (height, height + 14)):
            if top >= _TOP and top + _LINE <= HEIGHT - _BOTTOM + 4:
                n_hidden = sum(left <= a <= left + width and top <= b <= top + _LINE for a, b in points)
                places.append((n_hidden, f'x="{x}" y="{y:.1f}" text-anchor="{anchor}"'))
    return min(places, key=lambda place: place[0])[1]


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return path data through the points, with a new start after each gap."""
    data, joined = [], False
    for point in points:
        if point:
            data.append(f"{'L' if joined else 'M'}{point[0]:.1f} {point[1]:.1f}")
        joined = point is not None
    return "".join(data)
