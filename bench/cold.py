"""How a model run slows the code after it, since the processor's caches then hold weights and not Python's data.

python -m bench.cold
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from bench.apps.ways import ROOT
from digitgan.engine.loading import create_engine
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds
from service.routes.generate import GenerateRequest
from service.settings import Settings

_ROUNDS = 2_000


def _after(before: Callable[[], object], code: Callable[[], object]) -> tuple[float, float]:
    """Return the median microseconds of both, one after the other, over and over."""
    first, second = [], []
    for _ in range(_ROUNDS):
        started = perf_counter()
        before()
        between = perf_counter()
        code()
        second.append(perf_counter() - between)
        first.append(between - started)
    return median(first) * 1e6, median(second) * 1e6


def main() -> None:
    """Print a table: how long a body takes to become a plan, after nothing and after a run of each model."""
    engine = create_engine(Settings(models_dir=ROOT / "exported", threads=1))
    body = b'{"seeds": [123], "truncation": 0.7}'
    card = engine.find(None, None).card

    def code() -> object:
        return GenerateRequest.model_validate_json(body).plan_and_picture(card, 1)

    print("| after | takes, microseconds | a body read and planned, microseconds |\n|---|---|---|")
    print(f"| nothing | | {_after(lambda: None, code)[1]:.1f} |")
    weights = np.ones(2**20, np.float32)
    print("| a read of 4 MiB | {:.0f} | {:.1f} |".format(*_after(weights.sum, code)))
    for backend in engine.backends:
        rows = Plan(source=Seeds([123])).rows(0, 1, backend.card.latent_size)
        took, cold = _after(lambda: backend.run(rows), code)  # noqa: B023 - called at once
        size_mib = backend.card.file.size_bytes / 2**20
        print(f"| a run of `{backend.card.model}` ({size_mib:.1f} MiB) | {took:.0f} | {cold:.1f} |")
    engine.close()


if __name__ == "__main__":
    main()
