"""Knows what clients ask of ``/latents``, over a real socket. Does not know how seeds become latents."""

from typing import Any

import httpx
import pytest

from tests.service.routes.problems import problem


@pytest.mark.parametrize(("model", "size"), [("digits", 74), ("mlp", 100)])
def test_a_seeds_latent_draws_the_seeds_image(service: httpx.Client, model: str, size: int) -> None:
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
def test_what_cannot_be_had_is_a_problem(service: httpx.Client, body: dict[str, Any], status: int, slug: str) -> None:
    problem(service.post("/latents", json=body), status, slug)
