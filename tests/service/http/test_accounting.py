"""Which images count against a quota, and that `Server-Timing` is plausible."""

import re
from time import perf_counter

import httpx
import pytest
from fastapi import Request

from digitgan.contract.errors import Overloaded, RunFailed
from service.access.quota import RateLimiter
from service.http.accounting import charge


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/generate", {"seeds": [1, 2, 3]}),
        ("/generate", {"seeds": list(range(64))}),
        ("/interpolate", {"seeds": [1, 2], "steps": 4}),
        ("/v1/images/generations", {"prompt": "42", "response_format": "b64_json"}),
        ("/v2/models/digits/infer", {"inputs": [{"name": "seed", "shape": [1], "datatype": "INT64", "data": [7]}]}),
    ],
)
def test_server_timing_of_a_complete_answer_adds_up(service: httpx.Client, path: str, body: dict[str, object]) -> None:
    started = perf_counter()
    answer = service.post(path, json=body)
    took_ms = (perf_counter() - started) * 1e3
    assert answer.status_code == 200, answer.text
    parts = dict(re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"]))
    assert list(parts) == ["queue", "model", "encode"]
    assert 0 < sum(map(float, parts.values())) < took_ms


def test_images_count_unless_there_was_no_room_for_them() -> None:
    quota = RateLimiter(0, 10, clock=lambda: 0.0).quota_of("")
    request = Request({"type": "http", "state": {"quota": quota}})
    with charge(request, 2):
        pass
    with pytest.raises(Overloaded), charge(request, 3):
        raise Overloaded("full", 1)
    with pytest.raises(RunFailed), charge(request, 4):
        raise RunFailed
    assert quota.state().startswith('"images";r=4;')


def test_images_do_not_count_without_a_limit() -> None:
    with charge(Request({"type": "http", "state": {}}), 10**9):
        pass
