"""A request for one image does not wait for requests for a thousand."""

import threading

import pytest

from bench.fairness import ask, quantile, small_requests
from tests.processes import serving

pytestmark = pytest.mark.alone

MODEL = "digits"


def test_one_image_waits_for_few_runs_while_others_ask_for_thousands() -> None:
    """In turns it is one or two runs; behind two requests for 1,000 it would be 16 to 32."""
    stop = threading.Event()
    with serving("--threads", "1") as service:
        port = int(service.url.rpartition(":")[2])

        def ask_for_thousands() -> None:
            while not stop.is_set():
                ask(port, MODEL, 1000)

        run_s = quantile([ask(port, MODEL, 64)[1] for _ in range(10)], 0.5)
        others = [threading.Thread(target=ask_for_thousands) for _ in range(2)]
        for each in others:
            each.start()
        try:
            waits = small_requests(port, MODEL, 3.0)
        finally:
            stop.set()
            for each in others:
                each.join()
    print(
        f"{len(waits)} requests: p50 {quantile(waits, 0.5) / run_s:.1f} runs, p99 {quantile(waits, 0.99) / run_s:.1f}"
    )
    assert quantile(waits, 0.5) < 8 * run_s
