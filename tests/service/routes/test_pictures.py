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
        {"seeds": 5, "digits": ["29/11/2026", "+49 (30) 90:12", "/1,234.50 %", "../7"], "metadata": True},
        {"count": 3},
        {"seeds": [5, 6], "metadata": True},
        {"seeds": 5, "digits": ["2026", "007"], "gap": 1, "metadata": True},
        {"seeds": 5, "model": "mlp", "invert": True, "metadata": True},
        {
            "seeds": [5, 6],
            "digits": ["29/11", "7.5 %"],
            "ink": True,
            "height": 50,
            "layout": "natural",
            "metadata": True,
        },
        {"seeds": 5, "labels": 3, "ink": True, "height": 777, "color": "#C00", "background": "transparent"},
        {"seeds": 5, "digits": ["2026", "007"], "ink": True, "gap": 1, "background": "navy", "metadata": True},
        {"seeds": 5, "scale": 2, "color": "navy", "background": "fc0", "invert": True},
    ],
)
def test_the_url_of_an_image_in_json_gives_that_image(service: httpx.Client, body: dict[str, Any]) -> None:
    for image in images(service, **body):
        answer = service.get(image["url"]).raise_for_status()
        assert answer.headers["content-type"] == "image/png"
        assert answer.content == base64.b64decode(image["png"])
        assert answer.headers["cache-control"] == IMMUTABLE


def test_signs_in_an_address_may_be_encoded_or_not(service: httpx.Client) -> None:
    encoded, decoded = (service.get(f"/numbers/{number}/7.png").raise_for_status() for number in ("1%2F2%2B3", "1/2+3"))
    assert decoded.content == encoded.content
    for answer in (encoded, decoded):
        assert answer.headers["content-location"] == "/numbers/1%2F2%2B3/7.png?model=digits&version=1"
        assert answer.headers["content-disposition"] == 'inline; filename="digits_seed-7_digits-1_2+3.png"'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/digits/3/7", {"seeds": 7, "labels": 3}),
        ("/numbers/1%2F2/7", {"seeds": 7, "digits": "1/2", "layout": "natural", "color": "#000080"}),
        ("/images/7", {"seeds": 7, "model": "mlp", "metadata": True}),
    ],
)
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_single_picture_names_its_address_in_the_same_format(
    service: httpx.Client, path: str, body: dict[str, Any], suffix: str
) -> None:
    media_type = {".png": "image/png", ".svg": "image/svg+xml"}[suffix]
    ink = {"ink": True} if suffix == ".png" else {}
    posted = service.post("/generate", json=body | ink, headers={"Accept": media_type}).raise_for_status()
    address = posted.headers["content-location"]
    assert address.startswith(path + suffix)
    answer = service.get(address).raise_for_status()
    assert (answer.content, answer.headers["content-type"]) == (posted.content, media_type)
    assert (answer.headers["cache-control"], answer.headers["content-location"]) == (IMMUTABLE, address)
    assert answer.headers["content-disposition"].endswith(f'{suffix}"')
    again = service.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert service.options(address.partition("?")[0]).headers["allow"] == "GET, HEAD"


def test_numbers_are_written_at_addresses_of_svg_alone(service: httpx.Client) -> None:
    address = "/numbers/42/7.svg?model=digits&version=1&animate=true"
    answer = service.get(address).raise_for_status()
    assert b"<mask" in answer.content
    assert (answer.headers["content-location"], answer.headers["cache-control"]) == (address, IMMUTABLE)
    assert answer.headers["etag"] != service.get(address.removesuffix("&animate=true")).headers["etag"]
    [error] = problem(service.get("/numbers/42/7.png?animate=true"), 422, "invalid-request")["errors"]
    assert error["pointer"] == "/animate"
    assert "image/png has no animate" in error["message"]


def test_preview_is_kept_at_an_address_that_names_its_colours_and_version(service: httpx.Client) -> None:
    answer = service.get("/previews/4%2F2/7.png?color=c00000&background=ffffff").raise_for_status()
    address = answer.headers["content-location"]
    assert address == "/previews/4%2F2/7.png?model=digits&version=1&color=c00000&background=ffffff"
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.size, picture.convert("RGB").getpixel((0, 0))) == ((1200, 630), (255, 255, 255))
    assert (192, 0, 0) in {colour for _, colour in picture.convert("RGB").getcolors() or []}
    first = service.get(address)
    assert (first.content, first.headers["cache-control"]) == (answer.content, IMMUTABLE)
    assert service.get(address).headers["server-timing"] == 'cache;desc="hit"'
    assert service.get("/previews/4/7.png").headers["content-location"] == "/previews/4/7.png?model=digits&version=1"
    problem(service.get("/previews/42/7.svg"), 404, "not-found")


def test_the_size_of_pixels_makes_no_difference_to_curves(service: httpx.Client) -> None:
    plain = service.get("/digits/3/7.svg")
    for query in ("scale=32", "height=1024", "ink=true", "ink=true&height=28"):
        answer = service.get(f"/digits/3/7.svg?{query}").raise_for_status()
        assert answer.content == plain.content
        assert [answer.headers[name] == plain.headers[name] for name in ("etag", "content-location")] == [True, True]


def test_curves_of_long_numbers_are_compressed(service: httpx.Client) -> None:
    path = "/numbers/12345678/7.svg"
    packed, plain = (service.get(path, headers={"Accept-Encoding": each}) for each in ("gzip", "identity"))
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


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


@pytest.mark.parametrize("path", [DIGIT, "/numbers/42/7.svg", "/images/7.png?model=mlp&version=1"])
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
        (f"/digits/1/{MAX_SEED + 1}.png", "/hand"),
        ("/digits/1/1.5.png", "/hand"),
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
        ("/numbers/" + "1" * 64 + "/1.png?ink=true&height=1024", "/height"),
        ("/digits/1/1.png?height=113", "/height"),
        ("/digits/1/1.png?ink=true&height=27", "/height"),
        ("/digits/1/1.png?ink=true&height=1025", "/height"),
        ("/digits/1/1.png?ink=true&scale=2", "/scale"),
        ("/digits/1/1.png?color=nvy", "/color"),
        ("/digits/1/1.png?color=transparent", "/color"),
        ("/digits/1/1.png?background=transparent&invert=true", "/background"),
        ("/previews/4x/1.png", "/digits"),
        ("/previews/42/x.png", "/hand"),
        ("/previews/42/1.png?model=mlp", "/digits"),
        ("/previews/42/1.png?background=transparent", "/background"),
        ("/previews/42/1.png?height=630", "/height"),
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
        *((f"/digits/7/1.png?color={text}", "ffcc00") for text in ("fc0", "FFCC00", "%23ffcc00")),
        ("/numbers/7/1.png?background=navy", "000080"),
        ("/numbers/7/1.png?background=Transparent", "transparent"),
        ("/images/7.png?ink=1", "true"),
        ("/images/7.png?ink=true&height=0112", "112"),
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


def test_class_has_the_address_of_its_name_and_of_its_number(clothes: httpx.Client) -> None:
    address = "/digits/Ankle%20boot/7.png?model=clothes&version=1"
    answers = [clothes.get(path) for path in (address, "/digits/9/7.png")]
    assert answers[0].content == answers[1].content
    assert {each.headers["content-location"] for each in answers} == {address}
    assert 'filename="clothes_seed-7_label-Ankle boot.png"' in answers[0].headers["content-disposition"]
    assert "<title>Ankle boot</title>" in clothes.get("/digits/9/7.svg").text


def test_name_with_a_slash_has_the_address_of_its_number(clothes: httpx.Client) -> None:
    answer = clothes.get("/digits/0/7.png")
    assert answer.headers["content-location"] == "/digits/0/7.png?model=clothes&version=1"
    assert 'filename="clothes_seed-7_label-T-shirt%2Ftop.png"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("path", ["/digits/Hat/7.png", "/digits/10/7.png", "/digits/08/7.png"])
def test_class_that_does_not_exist_is_refused(clothes: httpx.Client, path: str) -> None:
    assert problem(clothes.get(path), 422, "invalid-request")["errors"][0]["pointer"] == "/label"
