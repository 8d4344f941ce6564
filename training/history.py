"""Knows the history file: one JSON object a line, appended as a run goes, cut where a run goes back.

Does not know what the figures mean. A line holds the iteration it stands for and whatever was known then: means of
losses and accuracy, the judge's figures, a warning, a rollback.
"""

import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def append(path: Path, line: Line) -> None:
    """Add a line, which has an ``iteration``."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path: Path) -> list[Line]:
    """Return the lines, oldest first; what a process that was killed left half-written is not one."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def cut(path: Path, iteration: int) -> None:
    """Drop the lines of iterations after this one: they were lost with the process, or with the path, they were of."""
    if path.exists():
        kept = [line for line in read(path) if line["iteration"] <= iteration]
        aside = path.with_suffix(".tmp")
        aside.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        aside.replace(path)
