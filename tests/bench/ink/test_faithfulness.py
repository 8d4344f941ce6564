"""Ink, averaged back to the model's pixels, beside the pixels."""

import numpy as np

from bench.ink.faithfulness import averaged_ink, measure
from training.metrics.judge import load_judge


def disc() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Return one picture of a disc with a soft edge."""
    y, x = np.mgrid[:28, :28]
    picture: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]] = (
        (255 * np.clip(8.5 - np.hypot(x - 13.5, y - 13.5), 0, 1)).round().astype(np.uint8)[None]
    )
    return picture


def test_averaged_ink_is_the_picture_at_each_height() -> None:
    for height in (28, 112):
        ink = averaged_ink(disc(), height)
        assert ink.shape == (1, 28, 28)
        assert np.abs(ink.astype(int) - disc()).max() < 64  # an edge pixel, at most a quarter off
        assert abs(ink.sum() / disc().sum() - 1) < 0.02


def test_figures_are_of_the_difference_between_ink_and_picture() -> None:
    judges = {"plain": load_judge()}
    figures = measure(disc(), np.array([0]), judges, heights=[28])
    difference = averaged_ink(disc(), 28).astype(float) - disc()
    ink = figures["heights"]["28"]
    assert ink["rms"] == ink["rms_p99"] == np.sqrt(np.square(difference).mean())
    assert figures["images"] == 1
    label = judges["plain"].read(disc()).labels
    assert measure(disc(), label, judges, heights=[28])["read"] == {"plain": 1.0}
    assert measure(disc(), label + 1, judges, heights=[28])["heights"]["28"]["read"] == {"plain": 0.0}
