"""Measure the processor time that a request takes around the model's run, in process.

Each request posts new seeds to the service, without a server or sockets. Its model runs are timed in their own threads
and taken off. Figures are microseconds, the least and the lower quartile of many requests: others on the machine make
some of them slower, and none faster.

    python -m bench.around --model mlp --model digits --seeds 1 --seeds 16 --seeds 256
"""

import argparse
import json
from time import process_time_ns, thread_time_ns

import uvloop

from bench.ask import ask
from digitgan.engine.backend import Images, Rows
from digitgan.engine.onnx_backend import OnnxBackend
from service.app import create_app
from service.settings import Settings

_WARM_UP = 40  # requests; after 16 lone runs, most requests run at once


class _Timed(OnnxBackend):
    """A backend that adds up the processor time of its runs."""

    spent_ns = 0

    def run(self, rows: Rows) -> Images:
        """Return what the model gives."""
        started = thread_time_ns()
        images = super().run(rows)
        _Timed.spent_ns += thread_time_ns() - started
        return images


def around(model: str, n_seeds: int, n_requests: int) -> tuple[float, float]:
    """Return the least and the lower quartile of the microseconds around the runs of a request.

    Args:
        model: name of the model.
        n_seeds: seeds in each request.
        n_requests: requests that are measured.
    """
    app = create_app(Settings(threads=1, default_model=model))
    for backend in app.state.services.engine.backends:
        backend.__class__ = _Timed

    async def measured() -> list[int]:
        times = []
        for i in range(_WARM_UP + n_requests):
            body = json.dumps({"model": model, "seeds": [*range(i * n_seeds, (i + 1) * n_seeds)]}).encode()
            _Timed.spent_ns, started = 0, process_time_ns()
            await ask(app, body)
            times.append(process_time_ns() - started - _Timed.spent_ns)
        return sorted(times[_WARM_UP:])

    times = uvloop.run(measured())
    return times[0] / 1e3, times[len(times) // 4] / 1e3


def main() -> None:
    """Print a row for each model and number of seeds."""
    parser = argparse.ArgumentParser(prog="python -m bench.around", description=__doc__.partition("\n")[0])
    parser.add_argument("--model", action="append", help="by default mlp")
    parser.add_argument("--seeds", action="append", type=int, help="in a request; by default 1")
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    print("| request | around the run, least, µs | lower quartile, µs |\n|---|---|---|")
    for model in given.model or ["mlp"]:
        for n_seeds in given.seeds or [1]:
            least, quartile = around(model, n_seeds, max(20, given.requests // n_seeds))
            print(f"| {n_seeds} seeds, `{model}` | {least:,.0f} | {quartile:,.0f} |")


if __name__ == "__main__":
    main()
