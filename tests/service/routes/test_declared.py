"""Knows what happens to a body that is not declared as JSON, or is so in full. Does not know what bodies say."""

import httpx
import pytest

from tests.service.routes.problems import problem


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/vnd.digits+json", "json", ";;"]
)
def test_a_body_that_is_not_declared_as_json_is_refused(service: httpx.Client, content_type: str) -> None:
    answer = service.post("/generate", content=b'{"seeds":1}', headers={"Content-Type": content_type})
    assert "application/json" in problem(answer, 415, "unsupported-media-type")["detail"]


def test_a_body_that_is_not_declared_at_all_is_refused(service: httpx.Client) -> None:
    problem(service.post("/generate", content=b'{"seeds":1}'), 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_declared_in_full(service: httpx.Client, content_type: str) -> None:
    answer = service.post("/generate", content=b'{"seeds":1}', headers={"Content-Type": content_type})
    assert answer.status_code == 200
