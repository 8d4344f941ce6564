"""Paths with control characters are refused, whatever route they resemble."""

import httpx
import pytest

from tests.service.problems import problem


@pytest.mark.parametrize(
    "path", ["/digits/7/1.png%0A", "/metrics%0a", "/health/live%0d", "/%00", "/images/1%7f.png", "/%1f"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "QUERY"])
def test_control_characters_in_a_path_are_400(service: httpx.Client, path: str, method: str) -> None:
    answer = service.request(method, path)
    problem(answer, 400, "bad-request")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v2/health/live%0A", "/v1/images/generations%0A"])
def test_other_protocols_refuse_control_characters_in_their_own_format(service: httpx.Client, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 400
    assert "control characters" in answer.text


def test_long_queries_are_400(service: httpx.Client) -> None:
    longest = "scale=1&" * 256
    assert service.get(f"/images/1.png?{longest}").status_code == 422
    detail = problem(service.get(f"/images/1.png?{longest}x"), 400, "bad-request")["detail"]
    assert detail == "the query has 2,049 bytes; at most 2,048 are allowed"


@pytest.mark.parametrize(("path", "status"), [("/images/1.png?unknown=%0A", 422), ("/caf%C3%A9", 404), ("/a%20b", 404)])
def test_other_characters_reach_the_routes(service: httpx.Client, path: str, status: int) -> None:
    assert service.get(path).status_code == status
