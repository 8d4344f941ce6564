"""Knows that the figures of the page on limits are those of the newest `digits`. Does not know what they mean."""

from pathlib import Path

from digitgan.contract.card import read_card

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")


def test_figures_are_those_of_the_card() -> None:
    newest = max((ROOT / "exported" / "digits").iterdir(), key=lambda folder: int(folder.name))
    metrics = read_card(newest).metrics
    accuracy, recall, memorised = (metrics[name] for name in ("label_accuracy", "recall", "memorised_share"))
    assert accuracy.floor is not None
    assert f"{100 * accuracy.value:.1f} of 100 are, of real digits {100 * accuracy.floor:.1f}" in PAGE
    assert f"Recall is {recall.value:.2f} where real digits have {recall.floor:.2f}" in PAGE
    assert f"About {100 * memorised.value:.1f} % of its digits" in PAGE
