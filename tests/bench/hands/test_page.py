"""The page of hands' figures: it says what was measured, and whether that reaches the targets."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.hands.page import tables
from tests.bench.pages import changed, remade

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks" / "hands.md"
MACHINE = {
    "measured": "2026-11-29",
    "command": "python -m bench.hands",
    "processors": 2,
    "processor": "P",
    "python": "3.11",
    "libraries": {"numpy": "2.4"},
}
DISTANCES = {"rms": 19.0, "median": 17.0, "p95": 28.0, "norm_mean": 7.0, "norm_p95": 9.147, "norm_most": 9.15}
READ = {"plain": 0.994, "residual": 0.993}
LIKE = {"correlation": 0.85, "least": 0.83, "most": 0.87, "pair": 0.7}
ALIKE = {"width": LIKE, "slant": LIKE | {"correlation": 0.94}}
SHARES = {"refused_unread": 0.01, "refused_as_read": 0.002}
FIGURES: dict[str, Any] = {
    "way-back": {
        "machine": MACHINE,
        "digits": 10_000,
        "label_accuracy": 0.9951,
        "seeds_norm_p95": 9.146,
        "rows": {"as encoded": DISTANCES | {"read": READ}, "as the token keeps it": DISTANCES | {"read": READ}},
        "optimum": {"digits": 200, "steps": 400, "rows": {"gradient, from zero": DISTANCES}},
        "nearest_generated": {"n": 10_000, "rms": 39.4},
        "mean_digit": {"rms": 58.7},
        "cpu_ms": {"1": 15.0, "16": 160.0},
    },
    "others": {
        "machine": MACHINE,
        "hands": 10_000,
        "rows": {
            name: {judge: {"digits": share, "hands": 0.9} for judge in READ}
            for name, share in (("posted hands", 0.99), ("random seeds", 0.98))
        },
    },
    "consistency": {
        "machine": MACHINE,
        "hands": 1000,
        "rows": {"posted hands": ALIKE, "random seeds": {each: LIKE | {"correlation": 0.01} for each in ALIKE}},
    },
    "models": {
        "machine": MACHINE,
        "digits": 10_000,
        "hands": 1000,
        "rows": {"digits-small": {"encoder": "digits/1", "rms": 25.0, "consistency": ALIKE}},
    },
    "pictures": {
        "machine": MACHINE,
        "rows": {"photograph": {"pictures": 500, **SHARES, "right": 0.98, "error": 20.0, "moved": 30.0}},
    },
    "refusals": {
        "machine": MACHINE,
        "most_error": 44.4,
        "least_confidence": 0.55,
        "rows": {"letters": {"pictures": 328, **SHARES}},
    },
}
N_TARGETS = 7


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
        (("way-back", "rows", "as the token keeps it", "rms"), 20.01),
        (("way-back", "rows", "as the token keeps it", "norm_p95"), 9.16),
        (("way-back", "label_accuracy"), 0.9929),
        (("way-back", "cpu_ms", "1"), 25.1),
        (("others", "rows", "posted hands", "residual", "digits"), 0.9849),
        (("consistency", "rows", "posted hands", "width", "correlation"), 0.69),
        (("consistency", "rows", "posted hands", "slant", "correlation"), 0.69),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_figure_beyond_its_target_is_one_missed(path: tuple[str, ...], value: float) -> None:
    page = tables(changed(FIGURES, path, value))
    assert page.count("**missed**") == 1
    assert page.count("| met |") == N_TARGETS - 1


def test_refusals_are_the_sum_of_both_ways() -> None:
    assert "| letters | 328 | 1.00 % | 0.20 % | 1.20 % |" in tables(FIGURES)
    assert "more than 44.4 grey levels, or a confidence below 0.550" in tables(FIGURES)


def test_correlations_have_their_intervals() -> None:
    assert "0.85 (0.83 to 0.87) | 0.70 | 0.94 (0.83 to 0.87) | 0.70 |" in tables(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_page_of_one_part_has_only_its_tables(name: str) -> None:
    page = tables({name: FIGURES[name]})
    assert page.count("### ") == 1
    assert "`python -m bench.hands`" in page
