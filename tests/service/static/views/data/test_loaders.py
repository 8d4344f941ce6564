"""The programs that the page offers for loading a data set; tests/e2e and tests/loaders run them."""

import ast
import json
from typing import Any

import pytest

from tests.service.static.modules import node

ADDRESS = "http://localhost:8000/datasets/model-digits,version-1,count-60000,seed-0"


@pytest.mark.parametrize(
    ("is_colour", "needs_key", "expected"),
    [
        (False, False, ["pytorch", "torchvision", "datasets", "polars", "duckdb", "numpy"]),
        (True, False, ["datasets", "polars", "duckdb", "numpy"]),
        (False, True, ["torchvision", "numpy"]),
        (True, True, ["numpy"]),
    ],
)
def test_loaders_are_those_that_can_load_the_set(is_colour: bool, needs_key: bool, expected: list[str]) -> None:
    given = json.dumps({"address": ADDRESS, "isColour": is_colour, "needsKey": needs_key})
    names, loaders = node("views/data/loaders.js", f"[LOADERS, loadersOf({given})]")
    assert [each["id"] for each in loaders] == [name for name in names if name in expected] == expected
    for each in loaders:
        assert each["address"].startswith(ADDRESS)
        assert ADDRESS in each["program"]
        imported = _imported(ast.parse(each["program"]))
        assert imported & {"digitgan", "torchvision", "datasets", "polars", "duckdb", "numpy"}
        assert ("os" in imported and "DIGITGAN_KEY" in each["program"]) or not needs_key


def _imported(program: Any) -> set[str]:
    found = set()
    for each in ast.walk(program):
        if isinstance(each, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in each.names}
        elif isinstance(each, ast.ImportFrom):
            found.add(str(each.module).partition(".")[0])
    return found
