"""Measure data sets at addresses, and write docs/benchmarks/datasets.md and datasets.json.

python -m bench.datasets                    # all parts, 20 minutes of one processor; needs MNIST
python -m bench.datasets latency memory     # some parts again; the figures of the others stay
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from bench import parts
from bench.datasets import numbers, page, served

PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "latency": partial(served.latency, 100),
    "correctness": partial(served.correctness, 1_000),
    "sequential": partial(served.sequential, 5, 20_000),
    "memory": partial(served.memory, 50_000),
    "speed": partial(numbers.speed, 20_000, ("digits", "digits-small")),
    "reading": partial(numbers.reading, 60_000, 4_000),
}


def main() -> None:
    """Measure the chosen parts."""
    parts.measure("datasets", "Measure what data sets at addresses take.", PARTS, page.tables)


if __name__ == "__main__":
    main()
