"""The page of selected images and their readers: what was measured, and whether readers learn from hard ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.readers import tables
from tests.bench.pages import changed, remade

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "readers.md"
MACHINE = {
    "measured": "2026-11-29",
    "command": "python -m bench.readers",
    "processors": 2,
    "processor": "P",
    "python": "3.11",
    "libraries": {"numpy": "2.4"},
}


def kind(*, verified: bool, misread: int) -> dict[str, Any]:
    read = {"plain": misread, "residual": 20}
    return {
        "verified": verified,
        "difficulty": 2,
        "images_per_cpu_s": 500.0,
        "later": 50,
        "refused": 20,
        "candidates": 200,
        "misread": read,
        "probability": {"plain": 0.97, "residual": 0.96},
    }


def reader(errors: int) -> dict[str, Any]:
    return {"test_errors": errors, "train_errors": 6 * errors}


FIGURES: dict[str, Any] = {
    "selection": {
        "machine": MACHINE,
        "images": 100,
        "kinds": [kind(verified=False, misread=3), kind(verified=True, misread=0)],
    },
    "mixes": {"machine": MACHINE, "readers": {"plain": reader(100), "half": reader(90)}},
    "reader-1": {"machine": MACHINE, "readers": {"plain": reader(100), "mixed": reader(90)}},
    "reader-2": {"machine": MACHINE, "readers": {"plain": reader(110), "mixed": reader(111)}},
}


def test_committed_page_is_made_from_the_committed_figures(tmp_path: Path) -> None:
    figures = json.loads(PAGE.with_suffix(".json").read_text())
    assert remade(PAGE, tables, figures, tmp_path / PAGE.name) == PAGE.read_text()


def test_figures_at_their_targets_meet_all_of_them() -> None:
    page = tables(FIGURES)
    assert page.count("| met |") == 2
    assert "missed" not in page
    assert "| mean | 105.0 | 100.5 | -4.5 |" in page
    assert "| 2 | 110 | 111 | +1 |" in page


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("selection", "kinds", 1, "misread", "plain"), 1),
        (("reader-1", "readers", "mixed", "test_errors"), 99),
    ],
)
def test_figure_beyond_its_target_is_one_missed(path: tuple[Any, ...], value: float) -> None:
    page = tables(changed(FIGURES, path, value))
    assert page.count("**missed**") == 1
    assert page.count("| met |") == 1


def test_selected_images_are_compared_with_those_that_come() -> None:
    row = "| verified, difficulty 2 | 1.00 | 50 | 10.00 % | 0.9700 | 0.00 % | 20.00 % |"
    assert row in tables(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_page_of_one_part_has_only_its_tables(name: str) -> None:
    assert tables({name: FIGURES[name]}).count("### ") == 1
