"""The page of ink's figures: it says what was measured, and whether that reaches the targets."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.ink.page import tables
from tests.bench.pages import changed, remade

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks" / "ink.md"
MACHINE = {
    "measured": "2026-11-29",
    "command": "python -m bench.ink",
    "processors": 2,
    "processor": "P",
    "python": "3.11",
    "libraries": {"numpy": "2.4"},
}
INK = {"rms": 6.6, "rms_p99": 9.0, "mass": 1.01, "read": {"plain": 0.991, "residual": 0.992}}
OF = {"images": 10_000, "read": {"plain": 0.991, "residual": 0.992}, "heights": {"28": INK, "112": INK}}
READER = {"machine": MACHINE, "numbers": 60_000, "draw_cpu_s": 120.0, "train_cpu_s": 600.0}
FIGURES: dict[str, Any] = {
    "faithfulness": {"machine": MACHINE, "images": {"`digits`": OF, "MNIST's test digits": OF}},
    "speed": {
        "machine": MACHINE,
        "images_per_s": {
            "pixels as JSON": 7000.0,
            "ink as JSON": 5100.0,
            "ink as SVG": 5200.0,
            "numbers, grid layout": 5000.0,
            "numbers, natural layout": 4800.0,
        },
        "png_bytes": {"images": 100, "mean": 1100.0, "most": 1500},
        "svg_bytes": {"images": 100, "mean": 1400.0, "most": 2500},
    },
    "natural": READER | {"read": {"plain": 0.972, "tight": 0.9}},
    "grid": READER | {"read": {"plain": 0.8, "tight": 0.5}},
}
N_TARGETS = 10


def test_committed_page_is_made_from_the_committed_figures(tmp_path: Path) -> None:
    figures = json.loads(PAGE.with_suffix(".json").read_text())
    assert remade(PAGE, tables, figures, tmp_path / PAGE.name) == PAGE.read_text()


def test_figures_at_their_targets_meet_all_of_them() -> None:
    page = tables(FIGURES)
    assert page.count("| met |") == N_TARGETS
    assert "missed" not in page


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("faithfulness", "images", "`digits`", "heights", "112", "rms"), 8.1),
        (("faithfulness", "images", "`digits`", "heights", "28", "mass"), 0.979),
        (("faithfulness", "images", "`digits`", "heights", "28", "read", "residual"), 0.9908),
        (("speed", "images_per_s", "ink as JSON"), 4999.0),
        (("speed", "images_per_s", "ink as SVG"), 4999.0),
        (("speed", "images_per_s", "numbers, natural layout"), 4500.0),
        (("speed", "png_bytes", "mean"), 1201.0),
        (("speed", "svg_bytes", "most"), 3001),
        (("natural", "read", "plain"), 0.9695),
        (("natural", "train_cpu_s"), 1201.0),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_figure_beyond_its_target_is_one_missed(path: tuple[str, ...], value: float) -> None:
    page = tables(changed(FIGURES, path, value))
    assert page.count("**missed**") == 1
    assert page.count("| met |") == N_TARGETS - 1


def test_difference_of_readers_is_in_points() -> None:
    assert "| natural against grid |  |  |  | +17.20 points | +40.00 points |" in tables(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_page_of_one_part_has_only_its_tables(name: str) -> None:
    page = tables({name: FIGURES[name]})
    assert page.count("### ") == 1
    assert "`python -m bench.ink`" in page
