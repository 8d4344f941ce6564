"""The table of problems, and how a problem looks in each protocol."""

import re

import httpx
import pytest

from service.http.problems import PROBLEMS, Problem


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda each: each.slug)
def test_every_problem_has_a_slug_a_title_and_a_cure(problem: Problem) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", problem.slug)
    assert problem.title and not problem.title.endswith(".")
    assert problem.cure.endswith(".") or problem.cure.endswith("bytes.")
    assert 400 <= problem.status <= 599


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/nothing", {"type", "title", "status", "detail", "request_id"}),
        ("/v1/nothing", {"error"}),
        ("/v2/nothing", {"error"}),
        ("/v20", {"type", "title", "status", "detail", "request_id"}),
    ],
)
def test_the_prefix_of_a_path_decides_the_dialect(service: httpx.Client, path: str, keys: set[str]) -> None:
    answer = service.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == keys
