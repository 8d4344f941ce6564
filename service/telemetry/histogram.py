"""A histogram that costs a request little: one thread alone records in it, so it needs no lock."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from time import time

from prometheus_client.core import Exemplar, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString


class Histogram:
    """How many values fell into each bucket, their sum, and for each bucket the latest value that has a trace.

    Args:
        bounds: the upper bounds of the buckets, in increasing order; a last bucket takes what is above them.

    Attributes:
        sum: the sum of all values.
    """

    __slots__ = ("_bounds", "_counts", "_exemplars", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.sum = 0.0
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._exemplars: dict[int, Exemplar] = {}

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self._counts)

    def observe(self, value: float, trace_id: str | None = None) -> None:
        """Count a value, which the trace with that id explains."""
        bucket = bisect_left(self._bounds, value)
        self._counts[bucket] += 1
        self.sum += value
        if trace_id is not None:
            self._exemplars[bucket] = Exemplar({"trace_id": trace_id}, value, time())

    def add(self, other: "Histogram") -> None:
        """Count the values of a histogram with the same bounds, too."""
        self.sum += other.sum
        self._counts = [own + more for own, more in zip(self._counts, other._counts, strict=True)]
        self._exemplars |= {
            bucket: each
            for bucket, each in other._exemplars.items()
            if bucket not in self._exemplars or _time_of(self._exemplars[bucket]) < _time_of(each)
        }

    def buckets(self) -> list[tuple[str, float, Exemplar | None]]:
        """Return each bucket's bound, the number of values up to it, and its exemplar."""
        bounds = map(floatToGoString, (*self._bounds, float("inf")))
        reached = accumulate(self._counts)
        return [(bound, n, self._exemplars.get(i)) for i, (bound, n) in enumerate(zip(bounds, reached, strict=True))]


def histogram_family(
    name: str, documentation: str, labels: Iterable[str], histograms: Mapping[tuple[str, ...], Histogram]
) -> Metric:
    """Return the metric of several histograms, by the values of their labels."""
    family = HistogramMetricFamily(name, documentation, labels=[*labels])
    for values, each in histograms.items():
        family.add_metric(values, each.buckets(), each.sum)  # type: ignore[arg-type] # an exemplar may be None
    return family


def _time_of(exemplar: Exemplar) -> float:
    return float(exemplar.timestamp or 0)
