"""Latents of finite numbers in the model's size are drawn; others are refused with a pointer to the error."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.problems import problem

SIZE = 74  # of a latent of the model digits
LARGEST = 3.4028234663852886e38  # float32
FEW = settings(max_examples=40, deadline=None)

finite = st.floats(-LARGEST, LARGEST) | st.sampled_from([0.0, -0.0, 5e-324, -1e-310, 1.4e-45, 1e-40, LARGEST, 7, 2**60])
not_numbers: st.SearchStrategy[Any] = st.sampled_from(
    [float("nan"), float("inf"), float("-inf"), 10**400, "1", "", None, True, [1.0], [], {}]
)
too_large = st.sampled_from([3.41e38, -1e39, 1e308, 2**200])
rows = st.lists(finite, min_size=1, max_size=5).map(lambda numbers: (numbers * SIZE)[:SIZE])
latents = st.lists(rows, min_size=2, max_size=3)


def post(service: httpx.Client, path: str, **body: Any) -> httpx.Response:
    """Post what JSON's grammar allows and what it does not, such as NaN."""
    return service.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in problem(answer, 422, "invalid-request")["errors"]]


@FEW
@given(latents)
def test_any_finite_latents_are_drawn(service: httpx.Client, latents: list[list[float]]) -> None:
    answer = post(service, "/generate", latents=latents)
    assert len(answer.raise_for_status().json()["images"]) == len(latents)


@pytest.mark.parametrize("path", ["/generate", "/interpolate"])
@FEW
@given(latents, st.integers(0, 1), st.integers(0, SIZE - 1), st.data())
def test_errors_point_at_components_that_are_no_finite_number(
    service: httpx.Client, path: str, latents: list[list[Any]], row: int, column: int, data: st.DataObject
) -> None:
    latents[row][column] = data.draw(not_numbers)
    assert pointers(post(service, path, latents=latents)) == [f"/latents/{row}/{column}"]


@pytest.mark.parametrize("path", ["/generate", "/interpolate"])
@FEW
@given(latents, st.integers(0, 1), st.integers(0, SIZE - 1), too_large)
def test_errors_point_at_latents_with_too_large_numbers(
    service: httpx.Client, path: str, latents: list[list[float]], row: int, column: int, number: float
) -> None:
    latents[row][column] = number
    assert pointers(post(service, path, latents=latents)) == [f"/latents/{row}"]


@pytest.mark.parametrize("path", ["/generate", "/interpolate"])
@FEW
@given(latents, st.integers(1, 200).filter(lambda size: size != SIZE), st.booleans())
def test_errors_point_at_latents_of_another_size(
    service: httpx.Client, path: str, latents: list[list[float]], size: int, all_of_them: bool
) -> None:
    latents = [(row * 3)[:size] if all_of_them or i == 1 else row for i, row in enumerate(latents)]
    assert pointers(post(service, path, latents=latents)) == ["/latents" if all_of_them else "/latents/1"]


@pytest.mark.parametrize("row", [[], 0.5, "", None, {}])
def test_errors_point_at_rows_that_are_no_latent(service: httpx.Client, row: Any) -> None:
    assert pointers(post(service, "/generate", latents=[[0.0] * SIZE, row])) == ["/latents/1"]
