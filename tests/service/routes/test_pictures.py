"""Permanent addresses: each always gives the same picture, and a repeated request costs no model run."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from digitgan.contract.limits import MAX_SEED
from tests.service.problems import problem

DIGIT = "/digits/3/7.png"
IMMUTABLE = "public, max-age=31536000, immutable"


def images(service: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    return list(service.post("/generate", json=body).raise_for_status().json()["images"])


@pytest.mark.parametrize(
    "body",
    [
        {"seeds": [1, MAX_SEED], "labels": [3, 9]},
        {"seeds": 5},
        {"seeds": 5, "model": "mlp"},
        {"seeds": 5, "labels": 0, "truncation": 0.7, "scale": 3, "invert": True, "padding": 9, "columns": 1},
        {"seeds": [5, 6], "digits": ["2026", "007"]},
        {"seeds": 5, "digits": "42", "gap": 3, "scale": 2, "truncation": 1e-7},
        {"count": 3},
        {"seeds": [5, 6], "metadata": True},
        {"seeds": 5, "digits": ["2026", "007"], "gap": 1, "metadata": True},
        {"seeds": 5, "model": "mlp", "invert": True, "metadata": True},
    ],
)
def test_the_url_of_an_image_in_json_gives_that_image(service: httpx.Client, body: dict[str, Any]) -> None:
    for image in images(service, **body):
        answer = service.get(image["url"]).raise_for_status()
        assert answer.headers["content-type"] == "image/png"
        assert answer.content == base64.b64decode(image["png"])
        assert answer.headers["cache-control"] == IMMUTABLE


def test_an_image_of_a_latent_has_no_url(service: httpx.Client) -> None:
    size = service.get("/models/digits").json()["card"]["latent_size"]
    assert images(service, latents=[0.5] * size)[0]["url"] is None


@pytest.mark.parametrize("query", ["", "?version=1", "?model=digits"])
def test_addresses_without_model_and_version_are_revalidated(service: httpx.Client, query: str) -> None:
    answer = service.get(DIGIT + query)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-location"] == DIGIT + "?model=digits&version=1"
    assert answer.content == service.get(answer.headers["content-location"]).content


def test_a_current_tag_gets_no_picture(service: httpx.Client) -> None:
    tag = service.get(DIGIT).headers["etag"]
    again = service.get(DIGIT, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "no-cache"
    assert service.get(DIGIT, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", [DIGIT, "/numbers/42/7.png", "/images/7.png?model=mlp&version=1"])
def test_head_has_the_fields_of_get_and_no_body(service: httpx.Client, path: str) -> None:
    get, head = service.get(path), service.head(path)
    assert (head.status_code, head.content) == (200, b"")
    made = {"content-length", "server-timing", "x-request-id", "date"}
    assert {**head.headers} == {name: value for name, value in get.headers.items() if name not in made} | {
        name: head.headers[name] for name in ("x-request-id", "date")
    }


def test_a_number_is_a_strip_with_gaps(service: httpx.Client) -> None:
    with Image.open(io.BytesIO(service.get("/numbers/2026/7.png?gap=2&scale=3").content)) as image:
        assert image.size == (3 * (4 * 28 + 3 * 2), 3 * 28)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/digits/10/1.png", "/label"),
        ("/digits/-1/1.png", "/label"),
        ("/digits/x/1.png", "/label"),
        (f"/digits/1/{MAX_SEED + 1}.png", "/seed"),
        ("/digits/1/1.5.png", "/seed"),
        ("/digits/1/1.png?model=mlp", "/label"),
        ("/digits/1/1.png?scale=33", "/scale"),
        ("/digits/1/1.png?truncation=nan", "/truncation"),
        ("/digits/1/1.png?gap=1", "/gap"),
        ("/digits/1/1.png?colour=blue", "/colour"),
        ("/digits/1/1.png?version=01", "/version"),
        ("/numbers/4x/1.png", "/digits"),
        ("/numbers/" + "1" * 65 + "/1.png", "/digits"),
        ("/numbers/42/1.png?model=mlp", "/digits"),
        ("/numbers/42/1.png?gap=29", "/gap"),
        ("/digits/1/1.png?scale=2&scale=3", "/scale"),
        ("/images/1.png?invert=true&scale=2&invert=true", "/invert"),
        ("/numbers/" + "1" * 64 + "/1.png?scale=32", "/scale"),
    ],
)
def test_invalid_addresses_are_refused_by_their_part(service: httpx.Client, path: str, pointer: str) -> None:
    body = problem(service.get(path), 422, "invalid-request")
    assert [error["pointer"] for error in body["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("path", "spelling"),
    [
        *((f"/digits/7/{seed}.png", "10") for seed in ("1_0", "+10", "10.0", "%2010", "010", "%D9%A1%D9%A0")),
        *((f"/digits/{label}/1.png", "7") for label in ("+7", "07", "7%20", "%D9%A7")),
        *((f"/digits/7/1.png?truncation={text}", "0.5") for text in ("5e-1", "0.50", ".5", "+0.5", "%200.5", "0_0.5")),
        *((f"/digits/7/1.png?truncation={text}", "2.0") for text in ("2.00", "02", "2e0", "2.")),
        ("/digits/7/1.png?scale=02", "2"),
        ("/numbers/7/1.png?gap=0_2", "2"),
        *((f"/digits/7/1.png?invert={text}", "true") for text in ("1", "True", "yes", "on")),
    ],
)
def test_a_value_in_an_address_has_one_spelling(service: httpx.Client, path: str, spelling: str) -> None:
    [error] = problem(service.get(path), 422, "invalid-request")["errors"]
    assert error["message"].startswith(f"must be written as {spelling}, not ")


@pytest.mark.parametrize("text", ["2", "2.0", "0", "1"])
def test_whole_numbers_need_no_fraction(service: httpx.Client, text: str) -> None:
    assert service.get(f"/digits/7/1.png?truncation={text}").status_code == 200


@pytest.mark.parametrize("path", ["/digits/1/1.png?version=9", "/images/1.png?model=letters"])
def test_an_unknown_model_is_not_found(service: httpx.Client, path: str) -> None:
    problem(service.get(path), 404, "unknown-model")
