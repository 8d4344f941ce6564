"""The tables of docs/benchmarks/ink.md. Equal figures give equal text, so that a test can compare."""

from collections.abc import Iterator, Sequence
from typing import Any

from bench.tables import Verdict, measured, percent, table, verdicts

_READERS: Sequence[str] = ("natural", "grid")  # by the layout that they learn from


def tables(figures: dict[str, Any]) -> str:
    """Return the tables in Markdown, of those parts that were measured.

    Args:
        figures: what each part of `bench.ink` measured, by its name.
    """
    sections = [verdicts(_each(figures))]
    if "faithfulness" in figures:
        sections += ["### Faithfulness", measured(figures["faithfulness"]), _faithfulness(figures["faithfulness"])]
    if "speed" in figures:
        sections += ["### Speed and size", measured(figures["speed"]), _speed(figures["speed"])]
    if readers := {name: figures[name] for name in _READERS if name in figures}:
        sections += ["### Readers of digit strings", *map(measured, readers.values()), _readers(readers)]
    return "\n\n".join(sections)


def _faithfulness(part: dict[str, Any]) -> str:
    rows = []
    for name, of in part["images"].items():
        read = " | ".join(percent(share) for share in of["read"].values())
        rows.append([name, "the model's pixels" if name == "`digits`" else "as they are", "", "", "", read])
        for height, ink in of["heights"].items():
            read = " | ".join(percent(share) for share in ink["read"].values())
            cells = [name, f"ink, height {height}", f"{ink['rms']:.2f}", f"{ink['rms_p99']:.2f}", f"{ink['mass']:.4f}"]
            rows.append([*cells, read])
    judges = [f"`{name}` reads" for name in next(iter(part["images"].values()))["read"]]
    return table(["10,000 images", "drawn as", "rms, grey levels", "99 % of images", "ink mass", *judges], rows)


def _speed(part: dict[str, Any]) -> str:
    rates = table(
        ["256 digits a request, one processor", "images/s"],
        [[name, f"{rate:,.0f}"] for name, rate in part["images_per_s"].items()],
    )
    sizes = [
        [name, f"{part[key]['images']:,}", f"{part[key]['mean']:,.0f}", f"{part[key]['most']:,}"]
        for name, key in (("PNG, height 112", "png_bytes"), ("SVG", "svg_bytes"))
    ]
    return rates + "\n\n" + table(["a digit as", "digits", "bytes, mean", "bytes, most"], sizes)


def _readers(parts: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, part in parts.items():
        cells = [f"{name} layout", f"{part['numbers']:,}", f"{part['draw_cpu_s'] / 60:.1f}"]
        rows.append([*cells, f"{part['train_cpu_s'] / 60:.1f}", *(percent(share) for share in part["read"].values())])
    if len(parts) == 2:
        natural, grid = (part["read"] for part in parts.values())
        gains = [f"{(natural[each] - grid[each]) * 100:+.2f} points" for each in natural]
        rows.append(["natural against grid", "", "", "", *gains])
    sets = [f"{name} strings read" for name in next(iter(parts.values()))["read"]]
    return table(["learns from", "numbers", "CPU min, drawing", "CPU min, training", *sets], rows)


def _each(figures: dict[str, Any]) -> Iterator[Verdict]:
    if "faithfulness" in figures:
        yield from _of_faithfulness(figures["faithfulness"]["images"]["`digits`"])
    if "speed" in figures:
        yield from _of_speed(figures["speed"])
    if "natural" in figures:
        part = figures["natural"]
        share, cpu_s = part["read"]["plain"], part["train_cpu_s"] + part["draw_cpu_s"]
        yield Verdict("strings of real digits read right", percent(share), "at least 97 %", share >= 0.97)
        yield Verdict("CPU minutes of drawing and training", f"{cpu_s / 60:.1f}", "at most 20", cpu_s <= 1200)


def _of_faithfulness(digits: dict[str, Any]) -> Iterator[Verdict]:
    inks = digits["heights"].values()
    rms = max(ink["rms"] for ink in inks)
    yield Verdict("ink averaged back, rms grey levels from the model's image", f"{rms:.2f}", "at most 8", rms <= 8)
    mass = max((ink["mass"] for ink in inks), key=lambda ratio: abs(ratio - 1))
    yield Verdict("ink mass", f"{100 * (mass - 1):+.2f} %", "within 2 %", abs(mass - 1) <= 0.02)
    points = max(
        (100 * (share - digits["read"][judge]) for ink in inks for judge, share in ink["read"].items()), key=abs
    )
    # A share of 10,000 images is a whole number of hundredths of a point; the float may miss it by a little.
    yield Verdict("read as asked, against pixels", f"{points:+.2f} points", "within 0.1", round(abs(points), 6) <= 0.1)


def _of_speed(part: dict[str, Any]) -> Iterator[Verdict]:
    rates = part["images_per_s"]
    for name in ("ink as JSON", "ink as SVG"):
        yield Verdict(f"{name}, images/s", f"{rates[name]:,.0f}", "at least 5,000", rates[name] >= 5000)
    more = rates["numbers, grid layout"] / rates["numbers, natural layout"] - 1
    yield Verdict("natural layout, more time than grid", f"{100 * more:+.1f} %", "at most 10 %", more <= 0.1)
    mean, most = part["png_bytes"]["mean"], part["svg_bytes"]["most"]
    yield Verdict("bytes of a PNG at height 112, mean", f"{mean:,.0f}", "at most 1,200", mean <= 1200)
    yield Verdict("bytes of an SVG digit, most", f"{most:,}", "at most 3,000", most <= 3000)
