"""Hands wherever a seed may stand: in bodies, addresses, interpolations and data sets."""

import io
import zipfile
from base64 import b64decode

import httpx
import pytest

from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from tests.service.routes.test_bad_input import explained

HAND, OTHER = (token_of(latent[:64]) for latent in seeds_to_latents([7, 8], 74))


def test_addresses_of_a_hand_give_the_pictures_of_its_answers(service: httpx.Client) -> None:
    for body in ({"hands": HAND, "labels": [3, 4]}, {"hands": [HAND, OTHER], "digits": "2026", "metadata": True}):
        for image in service.post("/generate", json=body).json()["images"]:
            assert image["seed"] is None
            assert image["hand"] in image["url"]
            picture = service.get(image["url"])
            assert picture.content == b64decode(image["png"])
            assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_hand_writes_almost_what_its_seed_writes(service: httpx.Client) -> None:
    pixels = [
        service.post("/generate", json={"labels": 3, **source}, headers={"Accept": "application/x-npy"}).content[-784:]
        for source in ({"seeds": 7}, {"hands": HAND})
    ]
    assert sum(abs(a - b) for a, b in zip(*pixels, strict=True)) / 784 < 2  # tokens are rounded


def test_a_hand_without_contents_is_refused(service: httpx.Client) -> None:
    for answer in (service.post("/generate", json={"hands": HAND}), service.get(f"/images/{HAND}.png")):
        [(pointer, message)] = explained(service, answer, 422, "invalid-request")
        assert (pointer, message) == ("/labels", "a hand has no class of its own; say what it writes: labels or digits")


@pytest.mark.parametrize("accept", ["application/json", "image/apng"])
def test_frames_go_from_hand_to_hand(service: httpx.Client, accept: str) -> None:
    body = {"hands": [HAND, OTHER], "labels": 3, "steps": 4, "metadata": True}
    answer = service.post("/interpolate", json=body, headers={"Accept": accept})
    assert answer.is_success
    assert accept == "application/json" or HAND.encode() in answer.content


def test_data_sets_are_in_one_hand_or_around_it(service: httpx.Client) -> None:
    def files(**fields: object) -> dict[str, bytes]:
        body = {"count": 20, **fields}
        answer = service.post("/dataset", json=body, headers={"Accept": "application/zip"}).raise_for_status()
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        return {name: archive.read(name) for name in archive.namelist()}

    same, varied, other = files(hand=HAND), files(hand=HAND, vary=0.3), files()
    assert len(set(same.values())) == 10  # a digit of each class, twice
    assert len(set(varied.values())) == 20
    assert set(varied.values()).isdisjoint(other.values())
