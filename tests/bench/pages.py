"""What the tests of benchmark pages have in common."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.report import replace_marked


def remade(page: Path, tables: Callable[[Any], str], figures: Any, copied: Path) -> str:
    """Return the text of a page with its tables made again from figures, in a copy."""
    copied.write_text(page.read_text())
    replace_marked(copied, tables(figures))
    return copied.read_text()


def changed(figures: Mapping[str, Any], path: tuple[str, ...], value: float) -> dict[str, Any]:
    """Return a copy of figures with another value at a path."""
    others = copy.deepcopy(dict(figures))
    part = others
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return others
