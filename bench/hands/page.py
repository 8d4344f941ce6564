"""The tables of docs/benchmarks/hands.md. Equal figures give equal text, so that a test can compare."""

from collections.abc import Callable, Iterator
from typing import Any

from bench.tables import Verdict, measured, percent, table, verdicts


def tables(figures: dict[str, Any]) -> str:
    """Return the tables in Markdown, of those parts that were measured.

    Args:
        figures: what each part of `bench.hands` measured, by its name.
    """
    sections = [verdicts(_each(figures))]
    for name, (title, made) in _SECTIONS.items():
        if name in figures:
            sections += [f"### {title}", measured(figures[name]), made(figures[name])]
    return "\n\n".join(sections)


def _way_back(part: dict[str, Any]) -> str:
    judges = [f"`{name}` reads" for name in part["rows"]["as encoded"]["read"]]
    headings = ["rms, grey levels", "median", "95 %", "norm, mean", "norm, 95 %", "norm, most"]
    rows = [
        [name, *_distances(row), *(percent(share) for share in row["read"].values())]
        for name, row in part["rows"].items()
    ]
    nearest, mean = part["nearest_generated"], part["mean_digit"]
    empty = [""] * (len(headings) - 1 + len(judges))
    rows.append([f"nearest of {nearest['n']:,} generated", f"{nearest['rms']:.2f}", *empty])
    rows.append(["the class's mean training digit", f"{mean['rms']:.2f}", *empty])
    optimum = part["optimum"]
    best = [[name, *_distances(row)] for name, row in optimum["rows"].items()]
    times = [[f"{n} at once", f"{ms:.1f}", f"{ms / int(n):.1f}"] for n, ms in part["cpu_ms"].items()]
    return "\n\n".join(
        [
            table([f"{part['digits']:,} test digits", *headings, *judges], rows),
            f"The encoder reads {percent(part['label_accuracy'])} of these digits as their label. The styles of seeds "
            f"have a norm of at most {part['seeds_norm_p95']:.2f} in 95 of 100 cases.",
            table([f"{optimum['digits']:,} of them, {optimum['steps']:,} steps", *headings], best),
            table(["pictures", "CPU ms", "CPU ms a picture"], times),
        ]
    )


def _distances(row: dict[str, float]) -> list[str]:
    return [f"{row[name]:.2f}" for name in ("rms", "median", "p95", "norm_mean", "norm_p95", "norm_most")]


def _others(part: dict[str, Any]) -> str:
    rows = [
        [name, *(percent(read[what]) for what in ("digits", "hands") for read in row.values())]
        for name, row in part["rows"].items()
    ]
    judges = list(next(iter(part["rows"].values())))
    headings = [f"`{judge}` reads {what}" for what in ("the nine", "all nine of a hand") for judge in judges]
    return table([f"{part['hands']:,} hands", *headings], rows)


def _consistency(part: dict[str, Any]) -> str:
    rows = [[name, *_correlations(row)] for name, row in part["rows"].items()]
    headings = ["stroke width", "with each of the nine", "slant", "with each of the nine"]
    return table([f"{part['hands']:,} hands", *headings], rows)


def _correlations(row: dict[str, Any]) -> list[str]:
    cells = []
    for name in ("width", "slant"):
        found = row[name]
        cells += [f"{found['correlation']:.2f} ({found['least']:.2f} to {found['most']:.2f})", f"{found['pair']:.2f}"]
    return cells


def _models(part: dict[str, Any]) -> str:
    rows = [
        [f"`{name}`", f"`{row['encoder']}`", f"{row['rms']:.2f}", *_correlations(row["consistency"])[::2]]
        for name, row in part["rows"].items()
    ]
    return table(["model", "encoder of", "rms, grey levels", "stroke width", "slant"], rows)


def _pictures(part: dict[str, Any]) -> str:
    rows = [
        [
            name,
            f"{row['pictures']:,}",
            *_refused(row),
            percent(row["right"]),
            f"{row['error']:.2f}",
            f"{row['moved']:.2f}",
        ]
        for name, row in part["rows"].items()
    ]
    headings = ["pictures", "refused unread", "refused as read", "label right", "error, rms", "from MNIST's, rms"]
    return table(["made of test digits", *headings], rows)


def _refusals(part: dict[str, Any]) -> str:
    rows = [
        [name, f"{row['pictures']:,}", *_refused(row), percent(row["refused_unread"] + row["refused_as_read"])]
        for name, row in part["rows"].items()
    ]
    return (
        f"Refused as read: an error of more than {part['most_error']:.1f} grey levels, or a confidence below "
        f"{part['least_confidence']:.3f}.\n\n"
        + table(["what is posted", "pictures", "refused unread", "refused as read", "refused"], rows)
    )


def _refused(row: dict[str, float]) -> list[str]:
    return [percent(row["refused_unread"]), percent(row["refused_as_read"])]


_SECTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "way-back": ("The way back", _way_back),
    "others": ("The nine other digits", _others),
    "consistency": ("Hand consistency", _consistency),
    "models": ("Models that share the latents", _models),
    "pictures": ("Drawings and photographs", _pictures),
    "refusals": ("What is refused", _refusals),
}


def _each(figures: dict[str, Any]) -> Iterator[Verdict]:
    if "way-back" in figures:
        yield from _of_way_back(figures["way-back"])
    if "others" in figures:
        share = min(read["digits"] for read in figures["others"]["rows"]["posted hands"].values())
        yield Verdict("nine other digits read as asked", percent(share), "at least 98.5 %", share >= 0.985)
    if "consistency" in figures:
        row = figures["consistency"]["rows"]["posted hands"]
        for name, what in (("width", "stroke width"), ("slant", "slant")):
            found = row[name]["correlation"]
            yield Verdict(f"hand consistency, {what}", f"{found:.2f}", "at least 0.7", found >= 0.7)


def _of_way_back(part: dict[str, Any]) -> Iterator[Verdict]:
    row, bound = part["rows"]["as the token keeps it"], part["seeds_norm_p95"]
    yield Verdict("rms from the posted digit, grey levels", f"{row['rms']:.2f}", "at most 20", row["rms"] <= 20)
    most = row["norm_p95"]
    # The bound comes from a sample; its second decimal is certain.
    is_met = round(most, 2) <= round(bound, 2)
    yield Verdict("style norm, 95 % of hands", f"{most:.2f}", f"at most {bound:.2f}", is_met)
    share, ms = part["label_accuracy"], part["cpu_ms"]["1"]
    yield Verdict("label right", percent(share), "at least 99.3 %", share >= 0.993)
    yield Verdict("CPU ms for one picture", f"{ms:.1f}", "at most 25", ms <= 25)
