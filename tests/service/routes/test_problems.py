"""Knows the pages that errors point at. Does not know when errors occur; each page is visited in `test_app`."""

import httpx


def test_an_answers_type_is_the_address_of_its_page(service: httpx.Client) -> None:
    problem = service.post("/generate", json={}).json()
    page = service.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert problem["title"] in page.text


def test_an_unknown_problem_is_answered_with_those_that_there_are(service: httpx.Client) -> None:
    answer = service.get("/problems/nothing")
    assert answer.status_code == 404
    assert "overloaded" in answer.json()["detail"]
