"""The pages that errors point at; `test_app` visits each of them."""

import httpx

from service.http.problems import PROBLEMS


def test_the_type_of_an_error_is_the_address_of_its_page(service: httpx.Client) -> None:
    problem = service.post("/generate", json={}).json()
    page = service.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert problem["title"] in page.text


def test_the_list_names_every_page(service: httpx.Client) -> None:
    listed = service.get("/problems").raise_for_status().text.splitlines()
    addresses = [line for line in listed if line.startswith("/problems/")]
    assert len(addresses) == len(PROBLEMS)
    for address in addresses:
        assert service.get(address).status_code == 200


def test_unknown_paths_refer_to_the_documentation(service: httpx.Client) -> None:
    problem = service.get("/nothing").json()
    assert problem["type"] == "/problems/not-found"
    assert "/docs" in problem["detail"]


def test_an_unknown_problem_lists_the_available_ones(service: httpx.Client) -> None:
    answer = service.get("/problems/nothing")
    assert answer.status_code == 404
    assert "overloaded" in answer.json()["detail"]
