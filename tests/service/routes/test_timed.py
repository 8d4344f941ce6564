"""Knows that the time a client is told is the time it can have taken. Does not know where it goes."""

import re
from time import perf_counter

import httpx
import pytest


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
def test_every_answer_that_is_made_whole_says_where_its_time_went(
    service: httpx.Client, path: str, body: dict[str, object]
) -> None:
    started = perf_counter()
    answer = service.post(path, json=body)
    took_ms = (perf_counter() - started) * 1e3
    assert answer.status_code == 200, answer.text
    parts = dict(re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"]))
    assert list(parts) == ["queue", "model", "encode"]
    assert 0 < sum(map(float, parts.values())) < took_ms
