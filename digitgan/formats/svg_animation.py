"""Numbers in SVG that are written stroke by stroke: masks along the path of the pen, moved by CSS alone.

The finished number is what a document shows without CSS, and where people prefer reduced motion.
"""

import hashlib
from collections.abc import Sequence

from digitgan.ink.outlines import UNITS, Outlines
from digitgan.ink.paths import PATH_UNITS
from digitgan.ink.pen import Stroke, strokes
from digitgan.ink.timing import Span, duration, schedule

# A dash as long as the path, and a gap that is longer, so that no round end shows before a stroke begins.
_STYLE = (
    "<style>@media(prefers-reduced-motion:no-preference)"
    "{{.{name}{{stroke-dasharray:1 1.02;animation:{name} linear backwards}}}}"
    "@keyframes {name}{{from{{stroke-dashoffset:1.01}}}}</style>"
    '<defs fill="none" stroke="#fff" stroke-linecap="round" stroke-linejoin="round">'
)
_MASK = '<mask id="{name}-{i}">{strokes}</mask>'
_STROKE = (
    '<path class="{name}" pathLength="1" stroke-width="{width}" '
    'style="animation-duration:{duration}ms;animation-delay:{delay}ms" d="{path}"/>'
)


def draw_written(glyphs: Outlines, paths: Sequence[bytes], duration_ms: int) -> bytes:
    """Return masks and paths that write glyphs one after the other.

    Names are made of the contents, so that several documents can stand in one page.

    Args:
        glyphs: N glyphs where they stand.
        paths: path data of each; empty for one without curves.
        duration_ms: of all writing.
    """
    written = strokes(glyphs)
    spans = schedule(written)
    last = duration(spans)
    name = "w" + hashlib.sha256(b" ".join(paths)).hexdigest()[:10]

    def stroke(each: Stroke, span: Span) -> str:
        start, end = (time * duration_ms // last for time in span)
        return _STROKE.format(
            name=name,
            width=2 * each.radius * PATH_UNITS // UNITS,
            duration=end - start,
            delay=start,
            path=_path(each),
        )

    masks = (
        _MASK.format(name=name, i=i, strokes="".join(map(stroke, each, times)))
        for i, (each, times) in enumerate(zip(written, spans, strict=True))
        if each
    )
    drawn = (b'<path mask="url(#%b-%d)" d="%b"/>' % (name.encode(), i, path) for i, path in enumerate(paths) if path)
    return "".join([_STYLE.format(name=name), *masks, "</defs>"]).encode() + b"".join(drawn)


def _path(stroke: Stroke) -> str:
    """Return the path data of a stroke; a dot is as long as a renderer needs to draw its ends."""
    points = stroke.points * (PATH_UNITS // UNITS)
    steps = (points[1:] - points[:-1]).tolist() or [(1, 0)]
    ways = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{points[0, 0]} {points[0, 1]}l{ways}".replace(" -", "-")
