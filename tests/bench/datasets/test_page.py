"""The page of data sets' figures: it says what was measured, and whether that reaches the targets."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.datasets.page import tables
from tests.bench.pages import changed, remade

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks" / "datasets.md"
MACHINE = {
    "measured": "2026-11-29",
    "command": "python -m bench.datasets",
    "processors": 2,
    "processor": "P",
    "python": "3.11",
    "libraries": {"numpy": "2.4"},
}
TIMES = {"median": 12.0, "p95": 22.0, "most": 30.0}
FIGURES: dict[str, Any] = {
    "latency": {"machine": MACHINE, "images": 10**9, "ranges": 9, "rows": {"images.npy": {"a byte": TIMES}}},
    "correctness": {"machine": MACHINE, "images": 10**8, "ranges": 1_000, "shown": 11_000, "equal": 1_000},
    "sequential": {
        "machine": MACHINE,
        "images": 20_000,
        "rounds": 5,
        "images_per_s": {"POST /generate, npy": 10_000.0, "images.npy": 9_500.0, "SHA256SUMS": 8_000.0},
    },
    "memory": {"machine": MACHINE, "images": 50_000, "idle_mib": 122.0, "rows": {"images.npy": 4.0}},
    "speed": {"machine": MACHINE, "numbers": 20_000, "rows": {"`digits`, pixels": {"per_s": 3_100.0, "cpu_us": 600.0}}},
    "reading": {"machine": MACHINE, "numbers": 60_000, "steps": 9, "read": {"plain": 0.971, "tight": 0.7}},
}


def test_page_is_made_from_the_stored_figures(tmp_path: Path) -> None:
    figures = json.loads(PAGE.with_suffix(".json").read_text())
    assert remade(PAGE, tables, figures, tmp_path / "copy.md") == PAGE.read_text()


@pytest.mark.parametrize(
    ("path", "value", "target"),
    [
        (("latency", "rows", "images.npy", "a byte", "median"), 20.1, "ms to the first byte, slowest median"),
        (("correctness", "equal"), 999, "random ranges equal to slices"),
        (("sequential", "images_per_s", "images.npy"), 8_999.0, "`images.npy`, of a stream by POST"),
        (("memory", "rows", "images.npy"), 20.1, "MiB above idle, most"),
        (("speed", "rows", "`digits`, pixels", "per_s"), 2_999.0, "numbers/s, `digits`, pixels"),
        (("reading", "read", "plain"), 0.969, "strings of real digits read"),
    ],
)
def test_missed_target_is_said(path: tuple[str, ...], value: float, target: str) -> None:
    [met] = [line for line in tables(FIGURES).splitlines() if line.startswith(f"| {target} |")]
    assert met.endswith("| met |")
    [missed] = [line for line in tables(changed(FIGURES, path, value)).splitlines() if line.startswith(f"| {target} |")]
    assert missed.endswith("| **missed** |")


def test_parts_that_were_not_measured_have_no_table() -> None:
    assert "### Memory" not in tables({"latency": FIGURES["latency"]})
