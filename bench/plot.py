"""Draw a few rates as bars, in SVG."""

from html import escape

_WIDTH, _LEFT, _ROW = 760, 300, 26


def bars(title: str, values: dict[str, float]) -> str:
    """Return a chart of horizontal bars, as SVG.

    Args:
        title: text above the chart.
        values: numbers of at least 0 by name, in the order in which they are drawn.
    """
    height = 50 + _ROW * len(values)
    scale = (_WIDTH - _LEFT - 80) / max([*values.values(), 1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif"'
        ' font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-size="15">{escape(title)}</text>',
    ]
    for row, (name, value) in enumerate(values.items()):
        y = 40 + _ROW * row
        colour = "#1f5fa8" if "this service" in name else "#9aa7b4"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{value * scale:.1f}" height="{_ROW - 6}" fill="{colour}"/>',
            f'<text x="{_LEFT + value * scale + 6:.1f}" y="{y + 15}">{value:,.0f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
