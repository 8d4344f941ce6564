"""The page on seeds: its code is run and its test vectors are computed again."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitgan.contract.latents import seeds_to_latents

PAGE = (Path(__file__).parents[2] / "docs" / "seeds.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ROWS = [
    [float(cell) for cell in row] for row in re.findall(r"^\| (\d+)" + r" \| (\S+)" * 5 + r" \|$", PAGE, re.MULTILINE)
]


def test_page_has_four_vectors() -> None:
    assert len(ROWS) == 4


@pytest.mark.parametrize("row", ROWS)
def test_vectors_equal_the_latents_of_the_service(row: list[float]) -> None:
    latent = seeds_to_latents([int(row[0])], 20)[0]
    assert latent[[0, 1, 4, 16, 19]].tolist() == [np.float32(value) for value in row[1:]]


def test_code_on_the_page_computes_the_same_latents() -> None:
    [code] = PROGRAMS
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["latent"](42, 74) == seeds_to_latents([42], 74)[0].tolist()
