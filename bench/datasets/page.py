"""The tables of docs/benchmarks/datasets.md. Equal figures give equal text, so that a test can compare."""

from collections.abc import Iterator
from typing import Any

from bench.tables import Verdict, measured, table, verdicts

_MOST_MS, _LEAST_RATIO, _MOST_MIB, _LEAST_PER_S, _LEAST_READ = 20, 0.9, 20, 3_000, 0.97
_POST = "POST /generate, npy"


def tables(figures: dict[str, Any]) -> str:
    """Return the tables in Markdown, of those parts that were measured.

    Args:
        figures: what each part of `bench.datasets` measured, by its name.
    """
    sections = [verdicts(_each(figures))]
    for name, (title, rows_of) in _PARTS.items():
        if name in figures:
            sections += [f"### {title}", measured(figures[name]), rows_of(figures[name])]
    return "\n\n".join(sections)


def _latency(part: dict[str, Any]) -> str:
    rows = [
        [f"`{file}`", length, *(f"{times[key]:.1f}" for key in ("median", "p95", "most"))]
        for file, lengths in part["rows"].items()
        for length, times in lengths.items()
    ]
    heading = f"{part['ranges']:,} random ranges each, {part['images']:,} images"
    return table([heading, "length", "ms to the first byte, median", "95 %", "most"], rows)


def _correctness(part: dict[str, Any]) -> str:
    rows = [[f"{part['images']:,}", f"{part['ranges']:,}", f"{part['shown']:,}", f"{part['equal']:,}"]]
    return table(["images of the IDX file", "random ranges", "images shown", "equal to direct slices"], rows)


def _sequential(part: dict[str, Any]) -> str:
    post = part["images_per_s"][_POST]
    rows = [[name, f"{rate:,.0f}", f"{rate / post:.2f}"] for name, rate in part["images_per_s"].items()]
    return table([f"{part['images']:,} images, medians of {part['rounds']}", "images/s", "of the first"], rows)


def _memory(part: dict[str, Any]) -> str:
    rows = [[f"`{file}`", f"{mib:+.1f}"] for file, mib in part["rows"].items()]
    heading = f"{part['images']:,} images far inside 1,000,000,000"
    return table([heading, f"MiB, of {part['idle_mib']:.0f} when idle"], rows)


def _speed(part: dict[str, Any]) -> str:
    rows = [[name, f"{row['per_s']:,.0f}", f"{row['cpu_us']:,.0f}"] for name, row in part["rows"].items()]
    heading = f"{part['numbers']:,} numbers of five digits with boxes, one process"
    return table([heading, "numbers/s", "microseconds of processor time each"], rows)


def _reading(part: dict[str, Any]) -> str:
    rows = [[name, f"{share:.2%}"] for name, share in part["read"].items()]
    return table([f"strings of real digits; {part['numbers']:,} numbers learned from", "read"], rows)


_PARTS = {
    "latency": ("First byte of a range", _latency),
    "correctness": ("Ranges and slices", _correctness),
    "sequential": ("Whole files", _sequential),
    "memory": ("Memory", _memory),
    "speed": ("Numbers", _speed),
    "reading": ("A reader of numbers", _reading),
}


def _each(figures: dict[str, Any]) -> Iterator[Verdict]:
    if "latency" in figures:
        most = max(times["median"] for lengths in figures["latency"]["rows"].values() for times in lengths.values())
        yield Verdict("ms to the first byte, slowest median", f"{most:.1f}", f"at most {_MOST_MS}", most <= _MOST_MS)
    if "correctness" in figures:
        n, equal = figures["correctness"]["ranges"], figures["correctness"]["equal"]
        yield Verdict("random ranges equal to slices", f"{equal:,}", f"{n:,}", equal == n)
    if "sequential" in figures:
        rates = figures["sequential"]["images_per_s"]
        ratio = rates["images.npy"] / rates[_POST]
        wanted = f"at least {_LEAST_RATIO}"
        yield Verdict("`images.npy`, of a stream by POST", f"{ratio:.2f}", wanted, ratio >= _LEAST_RATIO)
    if "memory" in figures:
        mib = max(figures["memory"]["rows"].values())
        yield Verdict("MiB above idle, most", f"{mib:.1f}", f"at most {_MOST_MIB}", mib <= _MOST_MIB)
    if "speed" in figures:
        name, row = next(iter(figures["speed"]["rows"].items()))
        wanted = f"at least {_LEAST_PER_S:,}"
        yield Verdict(f"numbers/s, {name}", f"{row['per_s']:,.0f}", wanted, row["per_s"] >= _LEAST_PER_S)
    if "reading" in figures:
        share = figures["reading"]["read"]["plain"]
        yield Verdict(
            "strings of real digits read", f"{share:.2%}", f"at least {_LEAST_READ:.0%}", share >= _LEAST_READ
        )
