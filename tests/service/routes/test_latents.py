"""`POST /latents`, over a real socket, and its request."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from digitgan.contract.limits import MAX_SEED
from service.routes.latents import LatentsRequest
from tests.service.problems import problem


@pytest.mark.parametrize(("model", "size"), [("digits", 74), ("mlp", 100)])
def test_the_latent_of_a_seed_draws_the_image_of_the_seed(service: httpx.Client, model: str, size: int) -> None:
    body = service.post("/latents", json={"seeds": [1, 2], "model": model}).raise_for_status().json()
    assert (body["model"], body["seeds"]) == (model, [1, 2])
    assert [len(latent) for latent in body["latents"]] == [size, size]
    drawn = service.post("/generate", json={"latents": body["latents"], "model": model}).json()["images"]
    expected = service.post("/generate", json={"seeds": [1, 2], "model": model}).json()["images"]
    assert [image["png"] for image in drawn] == [image["png"] for image in expected]


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({}, 422, "invalid-request"),
        ({"seeds": []}, 422, "invalid-request"),
        ({"seeds": [-1]}, 422, "invalid-request"),
        ({"seeds": [1] * 1025}, 422, "invalid-request"),
        ({"seeds": 1, "model": "letters"}, 404, "unknown-model"),
    ],
)
def test_invalid_requests_are_problems(service: httpx.Client, body: dict[str, Any], status: int, slug: str) -> None:
    problem(service.post("/latents", json=body), status, slug)


def test_one_seed_is_a_list_of_one() -> None:
    assert LatentsRequest(seeds=7).seeds == [7]


@pytest.mark.parametrize(
    "body", [{}, {"seeds": []}, {"seeds": [MAX_SEED + 1]}, {"seeds": 1.5}, {"seeds": 1, "size": 3}]
)
def test_other_values_than_seeds_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LatentsRequest.model_validate(body)
