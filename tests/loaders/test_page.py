"""The programs that the page offers for loading a data set, run as they stand."""

import json
import sys
from pathlib import Path

import pytest

from tests.loaders.conftest import COUNT, execute, install_httpfs
from tests.service.static.modules import node

pytestmark = pytest.mark.slow

PRINTED = {
    "pytorch": "(100, 28, 28) [",
    "torchvision": f"{COUNT} {COUNT // 6} (28, 28) 0",
    "datasets": f"{COUNT} ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] (28, 28)",
    "polars": f"│ 9     ┆ {COUNT // 10} │",
    "duckdb": f"│     9 │    {COUNT // 10} │",
    "numpy": f"({COUNT}, 28, 28) [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]",
}


def test_programs_of_the_page_load_the_set(address: str, loaders: Path, torchvision: Path, tmp_path: Path) -> None:
    install_httpfs(loaders, tmp_path)
    given = json.dumps({"address": address, "isColour": False, "needsKey": False})
    programs = {each["id"]: each["program"] for each in node("views/data/loaders.js", f"loadersOf({given})")}
    assert programs.keys() == PRINTED.keys()
    for name, expected in PRINTED.items():
        is_ours = name in ("pytorch", "torchvision")  # torch is in the environment of the tests
        python = sys.executable if is_ours else loaders / "bin" / "python"
        more = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{torchvision}"} if is_ours else {}
        assert expected in execute(python, programs[name], tmp_path, **more), name
