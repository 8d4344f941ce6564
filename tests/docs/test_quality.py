"""The documented figures equal those that are generated from the committed cards."""

from pathlib import Path

import pytest

from training.benchmark.documents import with_short_table
from training.benchmark.figures import ModelFigures, newest, read
from training.benchmark.page import page
from training.choices import NOT_SERVED, SERVED

ROOT = Path(__file__).parents[2]
AGAIN = "differs from the cards: run digitgan benchmark"


@pytest.fixture(scope="module")
def served() -> list[ModelFigures]:
    return [read(folder) for folder in newest(ROOT / SERVED)]


def test_page_equals_the_cards(served: list[ModelFigures]) -> None:
    others = [read(folder) for folder in newest(ROOT / NOT_SERVED)]
    written = (ROOT / "docs" / "benchmarks" / "quality.md").read_text(encoding="utf-8")
    assert written == page([*served, *others]), AGAIN


def test_readme_equals_the_cards(served: list[ModelFigures]) -> None:
    written = (ROOT / "README.md").read_text(encoding="utf-8")
    assert written == with_short_table(written, served), AGAIN
    assert "| Frechet distance |" in written
