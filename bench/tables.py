"""Tables of a page of figures, in Markdown. Equal figures give equal text, so that a test can compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """A figure beside its target; ``measured`` and ``wanted`` say both as people read them."""

    what: str
    measured: str
    wanted: str
    is_met: bool


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all of its columns but the first are aligned to the right."""
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def verdicts(each: Iterable[Verdict]) -> str:
    """Return the table of targets, which says of each whether it is met."""
    rows = [[one.what, one.measured, one.wanted, "met" if one.is_met else "**missed**"] for one in each]
    return table(["target", "measured", "wanted", ""], rows)


def measured(part: dict[str, Any]) -> str:
    """Return when, by which command, where and with what a part was measured, in one sentence.

    Args:
        part: figures with the ``machine`` that `bench.machine.described` returns.
    """
    machine = part["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    return (
        f"{machine['measured']}, `{machine['command']}`; {machine['processors']} processors {machine['processor']}, "
        f"Python {machine['python']}, {libraries}."
    )


def percent(share: float) -> str:
    """Return a share as a percentage with two decimals."""
    return f"{100 * share:.2f} %"
