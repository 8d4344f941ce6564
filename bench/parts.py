"""A benchmark in parts: each can be measured again alone, and its figures are kept beside those of the others."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.apps.ways import ROOT
from bench.machine import described
from bench.report import replace_marked, replace_text

_LIBRARIES = ("numpy", "onnxruntime", "pillow", "torch")


def measure(
    name: str,
    description: str,
    parts: Mapping[str, Callable[[], dict[str, Any]]],
    tables: Callable[[dict[str, Any]], str],
) -> None:
    """Measure the parts that the command line names, all by default, and write ``NAME.json`` and ``NAME.md``.

    Both are written after each part, so that an interrupted run leaves what it has.

    Args:
        name: of the benchmark, and of its package in `bench`.
        description: what the command does, for its help.
        parts: functions that return a part's figures, by the part's name.
        tables: returns the tables of the page, in Markdown, from the figures by part.
    """
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(parts)}; by default all")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "benchmarks", help="folder of the results")
    given = parser.parse_args()
    if unknown := [each for each in given.parts if each not in parts]:
        parser.error(f"unknown part {unknown[0]!r}; available: {', '.join(parts)}")
    kept = given.to / f"{name}.json"
    for part in given.parts or parts:
        print(f"{part} ...", file=sys.stderr)
        measured = {"machine": described(f"bench.{name}", *_LIBRARIES)} | parts[part]()
        figures = json.loads(kept.read_text()) if kept.exists() else {}  # another command may measure other parts
        figures[part] = measured
        replace_text(kept, json.dumps(figures, indent=1) + "\n")
        replace_marked(given.to / f"{name}.md", tables(figures))
