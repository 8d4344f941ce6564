"""The figures of data sets come from answers of a running service."""

from bench.datasets import served


def test_small_ranges_are_equal_to_slices() -> None:
    figures = served.correctness(5)
    assert figures["equal"] == figures["ranges"] == 5
    assert figures["shown"] >= 5
