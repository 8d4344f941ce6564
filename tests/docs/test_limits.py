"""The figures on the page of limits, compared with the card of the newest `digits`."""

from pathlib import Path

from digitgan.contract.card import read_card

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs" / "limits.md").read_text(encoding="utf-8").split())


def test_figures_equal_those_of_the_card() -> None:
    newest = max((ROOT / "exported" / "digits").iterdir(), key=lambda folder: int(folder.name))
    metrics = read_card(newest).metrics
    accuracy, recall, memorised = (metrics[name] for name in ("label_accuracy", "recall", "memorised_share"))
    assert accuracy.floor is not None
    assert f"reads {100 * accuracy.value:.1f} of 100 generated digits as the requested digit" in PAGE
    assert f"and {100 * accuracy.floor:.1f} of 100 real digits correctly" in PAGE
    assert f"Recall is {recall.value:.2f}; real digits have {recall.floor:.2f}" in PAGE
    assert f"About {100 * memorised.value:.1f} % of its digits" in PAGE
