"""A public class name means one thing in the whole project."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The network that is trained and the model that is served: one concept on either side of the export.
SHARED = {"Generator"}


def test_no_two_public_classes_share_a_name() -> None:
    places = defaultdict(list)
    for room in ("digitgan", "service", "training"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1 and name not in SHARED} == {}
