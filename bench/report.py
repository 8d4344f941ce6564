"""Write the figures of the comparison as JSON, as a plot, and as the tables of docs/benchmarks/performance.md."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from bench.plot import bars
from bench.servers import SERVERS

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write(figures: dict[str, Any], folder: Path) -> None:
    """Write ``performance.json`` and ``performance.svg``, and replace the tables in ``performance.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / "performance.json", json.dumps(figures, indent=1) + "\n")
    rates = {
        SERVERS[name].title.strip("*"): rate
        for name in figures["rounds"][0]["servers"]
        if (rate := of(figures, name, "S3", "images_per_s")) and SERVERS[name].way
    }
    replace_text(folder / "performance.svg", bars("Images a second: 256 seeds a request, 4 clients", rates))
    replace_marked(folder / "performance.md", tables(figures))


def replace_text(path: Path, text: str) -> None:
    """Write a file by one rename."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text)
    aside.replace(path)


def replace_marked(page: Path, made: str) -> None:
    """Replace the text between the two marks of a page."""
    text = page.read_text() if page.exists() else f"{_BEGIN}\n{_END}\n"
    head, _, rest = text.partition(_BEGIN)
    tail = rest.partition(_END)[2]
    replace_text(page, f"{head}{_BEGIN}\n{made}\n{_END}{tail}")


def of(figures: dict[str, Any], name: str, load: str, figure: str) -> float | None:
    """Return the median of a figure over the rounds that have it; None if no round has it."""
    found = [
        turn["servers"][name]["loads"][load][figure]
        for turn in figures["rounds"]
        if load in turn["servers"].get(name, {}).get("loads", {})
    ]
    return median(found) if found else None


def tables(figures: dict[str, Any]) -> str:
    """Return the tables in Markdown."""
    machine, rounds = figures["machine"], figures["rounds"]
    names = list(rounds[0]["servers"])
    foreign = [
        load["foreign_cores"] for turn in rounds for each in turn["servers"].values() for load in each["loads"].values()
    ]
    told = f"medians of {len(rounds)} rounds" if len(rounds) > 1 else "one round"
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    lines = [
        f"{machine['measured']}, `{machine['command']}`; {machine['processors']} processors {machine['processor']}, "
        f"Python {machine['python']}, {libraries}; {told}. Others used "
        f"{median(foreign):.2f} processors meanwhile (at most {max(foreign):.2f}).",
        "",
        "| | S1a p50 / p99, ms | S1b requests/s (p99, ms) | S2 images/s | S3 images/s | CPU ms an image: S2, S3 "
        "| S4 images/s (p99, s; errors) | cold start, s | PSS idle / peak, MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(figures, name) for name in names]
    chains = {load: _chain(figures, load) for load in rounds[-1]["chains"]}
    for processes in ("1", "2") if chains else ():
        rates = {load: rate[processes] for load, rate in chains.items()}
        lines.append(f"| in process, no HTTP, {processes} | | | {rates['S2']:,.0f} | {rates['S3']:,.0f} | | | | |")
    return "\n".join([*lines, "", *_own(figures, names, chains)])


def _row(figures: dict[str, Any], name: str) -> str:
    def cell(pattern: str, *wanted: tuple[str, str]) -> str:
        found = [of(figures, name, load, figure) for load, figure in wanted]
        return "" if None in found else pattern.format(*found)

    turns = [turn["servers"][name] for turn in figures["rounds"] if "failed" not in turn["servers"][name]]
    if not turns:
        return f"| {SERVERS[name].title} | failed | | | | | | | |"
    is_floor = SERVERS[name].way is None
    cells = [
        SERVERS[name].title,
        cell("{:.2f} / {:.2f}", ("S1a", "p50_ms"), ("S1a", "p99_ms")),
        cell("{:,.0f} ({:.0f})", ("S1b", "requests_per_s"), ("S1b", "p99_ms")),
        "" if is_floor else cell("{:,.0f}", ("S2", "images_per_s")),
        "" if is_floor else cell("{:,.0f}", ("S3", "images_per_s")),
        "" if is_floor else cell("{:.3f}, {:.3f}", ("S2", "cpu_ms_per_image"), ("S3", "cpu_ms_per_image")),
        _crowd(figures, name),
        f"{median(turn['cold_start_s'] for turn in turns):.1f}",
        f"{median(turn['idle_pss_mib'] for turn in turns):.0f} / {_peak(turns):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _crowd(figures: dict[str, Any], name: str) -> str:
    rate, p99, errors = (of(figures, name, "S4", figure) for figure in ("images_per_s", "p99_ms", "errors"))
    return "" if rate is None or p99 is None else f"{rate:,.0f} ({p99 / 1e3:.2f}; {errors:.0f})"


def _peak(turns: list[dict[str, Any]]) -> float:
    return max(float(load["pss_mib"]) for turn in turns for load in turn["loads"].values())


def _chain(figures: dict[str, Any], load: str) -> dict[str, float]:
    return {
        processes: median(turn["chains"][load][processes] for turn in figures["rounds"]) for processes in ("1", "2")
    }


def _own(figures: dict[str, Any], names: list[str], chains: dict[str, dict[str, float]]) -> list[str]:
    """Return the ratios that this service must reach, each of figures of the same run."""
    rows: list[tuple[str, float | None, float | None, str]] = []

    def ratio(what: str, a: tuple[str, str, str], b: tuple[str, str, str], wanted: str) -> None:
        rows.append((what, of(figures, *a), of(figures, *b), wanted))

    def to_chain(what: str, load: str, wanted: str) -> None:
        rows.append((what, of(figures, "service-2", load, "images_per_s"), chains.get(load, {}).get("2"), wanted))

    ratio(
        "1 seed alone, p50, to the empty endpoint", ("service-1", "S1a", "p50_ms"), ("floor", "S1a", "p50_ms"), "≤ 1.5"
    )
    ratio("1 seed alone, p99 to p50", ("service-1", "S1a", "p99_ms"), ("service-1", "S1a", "p50_ms"), "≤ 2")
    rate = "requests_per_s"
    ratio(
        "1 seed, 32 at once, 1 process, to the empty endpoint",
        ("service-1", "S1b", rate),
        ("floor", "S1b", rate),
        "≥ 0.8",
    )
    ratio("1 seed, 32 at once, 2 processes, to Triton", ("service-2", "S1b", rate), ("triton", "S1b", rate), "≥ 4")
    to_chain("16 seeds x 8, 2 processes, to the chain", "S2", "≥ 0.8")
    to_chain("256 seeds x 4, 2 processes, to the chain", "S3", "≥ 0.95")
    to_chain("256 seeds x 4, `digits`, 2 processes, to the chain", "S3 digits", "≥ 0.95")
    for load in ("S2", "S3"):
        for peer, wanted in (("triton", "≥ 5"), ("ort", "≥ 7")):
            own, other = ("service-2", load, "images_per_s"), (peer, load, "images_per_s")
            ratio(f"{load}, 2 processes, to {SERVERS[peer].title}", own, other, wanted)
    best = max((of(figures, each, "S3", "images_per_s") or 0 for each in names if each.endswith("-ours")), default=0)
    rows.append(
        (
            "S3, to the best of others with our seeds and PNGs",
            of(figures, "service-2", "S3", "images_per_s"),
            best,
            "≥ 2.2",
        )
    )
    ratio("S4 images/s, to Triton", ("service-2", "S4", "images_per_s"), ("triton", "S4", "images_per_s"), "≥ 4.5")
    for form in ("sheet", "npy"):
        own = ("service-2", "S3 " + form, "images_per_s")
        ratio(f"256 seeds as one {form}, to JSON", own, ("service-2", "S3", "images_per_s"), "≥ 1.25")
    int8, fp32 = (("service-2", f"S3 {model}", "images_per_s") for model in ("digits-int8", "digits"))
    ratio("256 seeds x 4, `digits-int8` to `digits`", int8, fp32, "≥ 1.4")
    for load in ("1,024 a request", "10,000 a request"):
        own = ("service-2", load, "images_per_s")
        ratio(f"images/s, {load}, to 256", own, ("service-2", "S3", "images_per_s"), "0.9 to 1.1")
    lines = ["| ratio, within this run | measured | wanted |", "|---|---|---|"]
    return lines + [f"| {what} | {a / b:.2f} | {wanted} |" for what, a, b, wanted in rows if a and b]
