"""Knows the pages that errors point at. Does not know when errors occur; each page is visited in `test_app`."""

import httpx

from service.problems import PROBLEMS


def test_an_answers_type_is_the_address_of_its_page(service: httpx.Client) -> None:
    problem = service.post("/generate", json={}).json()
    page = service.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert problem["title"] in page.text


def test_the_list_names_every_page_and_each_is_there(service: httpx.Client) -> None:
    listed = service.get("/problems").raise_for_status().text.splitlines()
    addresses = [line for line in listed if line.startswith("/problems/")]
    assert len(addresses) == len(PROBLEMS)
    for address in addresses:
        assert service.get(address).status_code == 200


def test_an_unknown_path_is_told_where_all_paths_are(service: httpx.Client) -> None:
    problem = service.get("/nothing").json()
    assert problem["type"] == "/problems/not-found"
    assert "/docs" in problem["detail"]


def test_an_unknown_problem_is_answered_with_those_that_there_are(service: httpx.Client) -> None:
    answer = service.get("/problems/nothing")
    assert answer.status_code == 404
    assert "overloaded" in answer.json()["detail"]
