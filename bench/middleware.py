"""Measure what each middleware costs a request, beside the cost of the whole request.

Figures are processor time of one run, the best of many short interleaved rounds: a middleware around an application
that only answers, less that application alone; and the whole service, asked for the image of one seed.

    python -m bench.middleware
"""

from time import process_time
from types import SimpleNamespace
from typing import Any

import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.ask import ask
from digitgan.engine.budget import Budget
from service.access.quota import RateLimiter
from service.app import create_app
from service.middleware.access import Access
from service.middleware.deadline import Deadline
from service.middleware.memory_limits import MemoryLimits
from service.middleware.request_id import RequestId
from service.middleware.security_headers import SecurityHeaders
from service.middleware.telemetry import Telemetry
from service.settings import Settings
from service.telemetry.metrics import Metrics
from service.telemetry.records import InProgress, Timing

_ROUNDS = 200
_CALLS = 30  # of each application in a round
_BODY = b'{"model":"mlp","seeds":[17]}'
_HEADERS = [(b"content-type", b"application/json"), *((b"x-%d" % number, b"x") for number in range(5))]
_STATE: dict[str, Any] = {"request_id": "1", "trace_id": None, "timing": Timing("mlp", "1", 0.1, 0.1, 0.1, 0.1)}
_ROUTE = SimpleNamespace(path="/generate")


def main() -> None:
    """Print a row for each middleware."""
    best = uvloop.run(_measured(_applications()))
    whole, alone = best.pop("whole"), best.pop("alone")
    print(f"| one seed, `mlp`, in process: {whole * 1e6:.0f} microseconds | microseconds | share |\n|---|---|---|")
    for name, spent_s in best.items():
        print(f"| {name} | {(spent_s - alone) * 1e6:.1f} | {(spent_s - alone) / whole:.1%} |")


def _applications() -> dict[str, ASGIApp]:
    """Return the whole service, an application that only answers, and that application in each middleware."""
    only = _only_answers
    return {
        "whole": create_app(Settings(threads=1)),
        "alone": only,
        "request id": RequestId(only),
        "telemetry, with metrics": Telemetry(only, [Metrics().record_request], InProgress()),
        "security headers": SecurityHeaders(only, is_open_to_origins=False),
        "access, with two quotas": Access(only, None, RateLimiter(1_000_000, 1_000_000_000), lambda _: False),
        "deadline": Deadline(only, 30.0, lambda: 1),
        "memory limits": MemoryLimits(only, lambda _: 1 << 20, Budget(1 << 20), Budget(1 << 20)),
    }


async def _only_answers(scope: Scope, receive: Receive, send: Send) -> None:
    scope["route"] = _ROUTE
    scope["state"] |= _STATE
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"{}"})


async def _measured(applications: dict[str, ASGIApp]) -> dict[str, float]:
    """Return the processor seconds of a request to each application."""
    best = dict.fromkeys(applications, float("inf"))
    for _ in range(_ROUNDS):
        for name, app in applications.items():
            started = process_time()
            for _ in range(_CALLS):
                await ask(app, _BODY)
            best[name] = min(best[name], (process_time() - started) / _CALLS)
    return best


if __name__ == "__main__":
    main()
