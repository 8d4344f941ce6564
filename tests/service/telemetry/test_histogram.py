"""A histogram that has no lock counts as prometheus_client's does."""

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.telemetry.histogram import Histogram, histogram_family

BOUNDS = (0.5, 1.0, 2.5)
VALUES = st.lists(st.sampled_from((*BOUNDS, 0.0, 0.7, 3.0, float("inf"))) | st.floats(0, 10))


def samples(histogram: Histogram) -> dict[tuple[str, str | None], float]:
    """Return the samples of a histogram by their names and upper bounds."""
    [*found] = histogram_family("a", "What a is.", (), {(): histogram}).samples
    return {(each.name, each.labels.get("le")): each.value for each in found}


@given(VALUES)
def test_buckets_and_sum_are_those_of_prometheus_client(values: list[float]) -> None:
    ours, theirs = Histogram(BOUNDS), prometheus_client.Histogram("a", "What a is.", buckets=BOUNDS, registry=None)
    for value in values:
        ours.observe(value)
        theirs.observe(value)
    [family] = theirs.collect()
    expected = {
        (each.name, each.labels.get("le")): each.value for each in family.samples if not each.name.endswith("_created")
    }
    assert samples(ours) == expected
    assert ours.count == len(values)


@given(VALUES, VALUES)
def test_sum_of_two_has_the_values_of_both(first: list[float], second: list[float]) -> None:
    parts, both = [Histogram(BOUNDS), Histogram(BOUNDS)], Histogram(BOUNDS)
    for part, values in zip(parts, (first, second), strict=True):
        for value in values:
            part.observe(value)
            both.observe(value)
    parts[0].add(parts[1])
    assert [n for _, n, _ in parts[0].buckets()] == [n for _, n, _ in both.buckets()]
    assert parts[0].sum == pytest.approx(both.sum)


def test_each_bucket_keeps_the_latest_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10))
    monkeypatch.setattr("service.telemetry.histogram.time", lambda: float(next(clock)))
    first, second = Histogram(BOUNDS), Histogram(BOUNDS)
    for histogram, value, trace in ((first, 0.1, "a"), (second, 0.2, "b"), (second, 0.7, "c"), (first, 0.8, "d")):
        histogram.observe(value, trace)
    first.observe(0.9)
    first.add(second)
    found = [(exemplar.labels["trace_id"], exemplar.value) if exemplar else None for _, _, exemplar in first.buckets()]
    assert found == [("b", 0.2), ("d", 0.8), None, None]
