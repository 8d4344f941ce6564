"""The look of a report: one HTML page with its style inside, for light and dark, and for screens of any width.

The page loads nothing from other hosts.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape

from .charts import HEIGHT, WIDTH

STYLE = """
:root{color-scheme:light dark;--paper:#fcfcfb;--card:#fff;--ink:#1b1b1a;--soft:#5f5e59;--line:#e4e3de;--c0:#2a78d6;
--c1:#d9622b;--c2:#2f8f5b;--level:#8a8880}
@media(prefers-color-scheme:dark){:root{--paper:#161615;--card:#1f1f1d;--ink:#f1f0ec;--soft:#a9a79f;--line:#34332f;
--c0:#5aa0f2;--c1:#f08a57;--c2:#5cc48c;--level:#8f8d84}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.8rem;line-height:1.2;margin:.5rem 0 .3rem}
h2{font-size:1.25rem;margin:2.6rem 0 .4rem}h3{font-size:1rem;margin:0 0 .4rem}p{margin:.4rem 0 .8rem;max-width:44rem}
.soft,figcaption,.tile span{color:var(--soft)}figcaption{font-size:.9rem;margin-top:.5rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.7rem;margin:1.2rem 0}
.tile,figure{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem;margin:0}
.tile b{display:block;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}.tile span{font-size:.85rem}
.pair{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(21rem,100%),1fr));gap:.9rem;margin:.9rem 0}
figure img{display:block;width:100%;height:auto;border-radius:.3rem;background:#000;image-rendering:pixelated}
img.sheet{max-width:26rem;margin:auto}svg{display:block;width:100%;height:auto;overflow:visible}
.grid{stroke:var(--line);fill:none}.level{stroke:var(--level);stroke-dasharray:5 4;fill:none}
.tick,.mark,.key{font:11px system-ui,sans-serif;fill:var(--soft)}.key{font-size:12px;fill:var(--ink)}
.curve{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.c0{stroke:var(--c0)}
.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top;
overflow-wrap:anywhere;font-weight:400}th{color:var(--soft);width:40%}ul{padding-left:1.2rem;max-width:44rem}
details{margin:.6rem 0}summary{cursor:pointer}code{font-size:.92em}
.note{border-left:3px solid var(--c1);padding:.1rem 0 .1rem .9rem;margin:.6rem 0}
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a complete page."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


def alone(*charts: str) -> str:
    """Return charts, one below the other, as one SVG file with the page's style, background and colours.

    Args:
        charts: of `charts.line_chart`, or drawings of the same size.
    """
    rules = re.sub(r"\s+", " ", STYLE.partition("*{")[0] + STYLE[STYLE.index(".grid{") : STYLE.index("table{")])
    begins = '<svg xmlns="http://www.w3.org/2000/svg" style="background:var(--paper)"'
    if len(charts) == 1:
        return charts[0].replace("<svg", begins, 1).replace(">", f"><style>{rules}</style>", 1) + "\n"
    below = "".join(
        chart.replace("<svg", f'<svg y="{HEIGHT * n}" width="{WIDTH}" height="{HEIGHT}"', 1)
        for n, chart in enumerate(charts)
    )
    return f'{begins} viewBox="0 0 {WIDTH} {HEIGHT * len(charts)}"><style>{rules}</style>{below}</svg>\n'


def tiles(facts: Mapping[str, str]) -> str:
    """Return large figures with their names below."""
    parts = [
        f'<div class="tile"><b>{escape(fact)}</b><span>{escape(name)}</span></div>' for name, fact in facts.items()
    ]
    return f'<div class="tiles">{"".join(parts)}</div>'


def figure(content: str, caption: str) -> str:
    """Return an SVG or an image with a caption, which may hold markup."""
    return f"<figure>{content}<figcaption>{caption}</figcaption></figure>"


def image(uri: str, description: str, kind: str = "") -> str:
    """Return an image that a screen reader can describe."""
    return f'<img class="{kind}" src="{uri}" alt="{escape(description)}">'


def pair(*figures: str) -> str:
    """Return figures side by side, or below each other on a narrow screen."""
    return f'<div class="pair">{"".join(figures)}</div>'


def table(facts: Mapping[str, object]) -> str:
    """Return a table of names and values; nested names are joined as ``outer.inner``."""
    rows = [f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in _flat(facts)]
    return f"<table>{''.join(rows)}</table>"


def _flat(facts: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, value))
    return rows
