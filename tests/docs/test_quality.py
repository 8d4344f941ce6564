"""The documented figures equal those that are generated from the committed cards."""

from pathlib import Path

import pytest

from digitgan.contract.card import read_card
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


def test_table_of_tiers_says_what_the_cards_say() -> None:
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    table = text.partition("| tier |")[2].partition("\n\n")[0]
    rows = {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `digits-")}
    digits, half, integers, small = (
        read_card(ROOT / SERVED / model / "1") for model in ("digits", "digits-fp16", "digits-int8", "digits-small")
    )
    assert half.parity and integers.parity and small.multiply_adds and digits.multiply_adds
    assert half.parity.max_grey_level_difference == 1
    assert "at most one grey level apart" in rows["digits-fp16"]
    assert f"{100 * integers.parity.differing_pixels_share:.1f} % of the pixels differ" in rows["digits-int8"]
    assert f"by up to {integers.parity.max_grey_level_difference} grey levels" in rows["digits-int8"]
    assert f"{100 * small.multiply_adds / digits.multiply_adds:.0f} % of the multiply-adds" in rows["digits-small"]
