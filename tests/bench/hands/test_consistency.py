"""Whether digits of one hand are alike, by stroke width and slant."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.hands.consistency import measure, strokes

Y, X = np.mgrid[:28, :28].astype(np.float64)


def bar(width: float, slant: float, height: float = 18) -> NDArray[np.uint8]:
    """Return a bar with soft edges: a width along rows, and columns to the right for each row up."""
    across = width / 2 - np.abs(X - 13.5 + slant * (Y - 13.5)) + 0.5
    down = height / 2 - np.abs(Y - 13.5) + 0.5
    picture: NDArray[np.uint8] = (255 * np.clip(np.minimum(across, down), 0, 1)).round().astype(np.uint8)
    return picture


def test_strokes_of_a_bar_are_its_width_and_slant() -> None:
    found = strokes(np.stack([bar(4, 0), bar(6, 0), bar(4, 0.3), bar(4, -0.3), np.zeros((28, 28), np.uint8)]))
    # Twice the area over the perimeter: a little less than the width, because of both ends.
    assert found["width"][:2] == pytest.approx([2 * 4 * 18 / 44, 2 * 6 * 18 / 48], rel=0.06)
    assert found["slant"][:4] == pytest.approx([0, 0, 0.3, -0.3], abs=0.03)
    assert found["width"][4] == found["slant"][4] == 0


def hands(rng: np.random.Generator, n: int) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8]]:
    """Return posted bars, their classes and all bars of their hands; classes differ in height, hands in the rest."""
    widths, slants, labels = rng.uniform(2.5, 5, n), rng.uniform(-0.4, 0.4, n), np.arange(n) % 3
    drawn = np.stack(
        [[bar(w, s, 12 + 4 * c) for c in range(3)] for w, s in zip(widths.tolist(), slants.tolist(), strict=True)]
    )
    return drawn[np.arange(n), labels], labels, drawn


def test_consistency_is_high_within_hands_and_none_between() -> None:
    posted, labels, drawn = hands(np.random.default_rng(1), 120)
    alike = measure(posted, labels, drawn)
    _, _, others = hands(np.random.default_rng(2), 120)
    strange = measure(posted, labels, others)
    for name in ("width", "slant"):
        assert alike[name]["pair"] > 0.95
        assert alike[name]["least"] < alike[name]["correlation"] <= alike[name]["most"]
        assert strange[name]["least"] < 0 < strange[name]["most"]
        assert abs(strange[name]["pair"]) < 0.2


def test_consistency_leaves_the_posted_class_out() -> None:
    posted, labels, _ = hands(np.random.default_rng(1), 120)
    _, _, drawn = hands(np.random.default_rng(2), 120)
    drawn[np.arange(120), labels] = posted  # only the posted class is alike
    assert abs(measure(posted, labels, drawn)["slant"]["correlation"]) < 0.3
