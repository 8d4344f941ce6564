"""`POST /encode`, over a real socket, with the committed models and real digits."""

import base64
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from digitgan.contract.hand import style_of
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from service.app import create_app
from service.settings import Settings
from tests.cards import CLOTHES
from tests.handwriting import digits, file_of
from tests.live import live
from tests.processes import PATIENCE_S, wait_until
from tests.service.problems import problem

IMAGES, LABELS = digits()
SEVEN = file_of(IMAGES[0])
NOISE = np.random.default_rng(0).integers(0, 256, (1200, 1200), dtype=np.uint8)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def post(service: httpx.Client, content: bytes, media_type: str = "image/png", **more: Any) -> httpx.Response:
    headers = {"Content-Type": media_type, **more.pop("headers", {})}
    return service.post("/encode", content=content, headers=headers, **more)


def pixels(png: str | bytes) -> Any:
    content = base64.b64decode(png) if isinstance(png, str) else png
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/png", SEVEN),
        ("image/jpeg", file_of(IMAGES[0], "JPEG", quality=95)),
        ("image/webp", file_of(IMAGES[0], "WEBP", lossless=True)),
    ],
)
def test_body_that_is_a_picture_gives_its_hand(service: httpx.Client, media_type: str, content: bytes) -> None:
    answer = post(service, content, media_type).raise_for_status()
    read = answer.json()
    assert list(read) == ["model", "version", "hand", "label", "confidence", "latent", "error", "png"]
    assert (read["model"], read["version"], read["label"], len(read["latent"])) == ("digits", "1", LABELS[0], 74)
    assert 0.6 <= read["confidence"] <= 1
    assert 0 < read["error"] < 40
    assert np.abs(style_of(read["hand"]) - read["latent"][:64]).max() <= 1 / 64
    assert pixels(read["png"]).shape == (28, 28)
    assert "etag" not in answer.headers and "cache-control" not in answer.headers
    assert answer.headers["server-timing"].startswith("queue;")


def test_json_and_forms_give_the_same_as_the_picture_itself(service: httpx.Client) -> None:
    expected = post(service, SEVEN).raise_for_status().json()
    assert service.post("/encode", json={"image": base64_of(SEVEN)}).raise_for_status().json() == expected
    form = service.post("/encode", files={"image": ("seven.png", SEVEN)})
    assert form.raise_for_status().json() == expected


def test_reconstruction_is_what_the_latent_draws(service: httpx.Client) -> None:
    read = post(service, SEVEN).json()
    [drawn] = service.post("/generate", json={"latents": read["latent"]}).json()["images"]
    assert drawn["png"] == read["png"]
    assert drawn["label"] == read["label"]


def test_hand_writes_other_digits(service: httpx.Client) -> None:
    hand = post(service, SEVEN).json()["hand"]
    assert service.get(f"/numbers/2026/{hand}.png").status_code == 200


def test_several_pictures_have_one_hand_and_each_its_own(service: httpx.Client) -> None:
    files = [file_of(image) for image in IMAGES[:3]]
    body = service.post("/encode", json={"images": [*map(base64_of, files)]}).raise_for_status().json()
    assert list(body) == ["model", "version", "hand", "spread", "images"]
    alone = [post(service, each).json() for each in files]
    for each in alone:
        del each["model"], each["version"]
    assert body["images"] == alone
    styles = np.array([each["latent"][:64] for each in alone])
    assert np.abs(style_of(body["hand"]) - styles.mean(axis=0)).max() <= 1 / 64 + 1e-6
    assert body["spread"] == pytest.approx(styles.std(axis=0, ddof=0).__pow__(2).mean() ** 0.5, abs=1e-4)
    form = service.post("/encode", files=[("image", ("a.png", each)) for each in files])
    assert form.raise_for_status().json() == body


def test_list_of_one_picture_is_answered_as_a_list(service: httpx.Client) -> None:
    body = service.post("/encode", json={"images": base64_of(SEVEN)}).raise_for_status().json()
    assert (len(body["images"]), body["spread"]) == (1, 0)
    assert body["hand"] == body["images"][0]["hand"]


def test_sixteen_pictures_are_read_and_seventeen_refused(service: httpx.Client) -> None:
    body = service.post("/encode", json={"images": [base64_of(SEVEN)] * 16}).raise_for_status().json()
    assert len(body["images"]) == 16
    answer = service.post("/encode", json={"images": [base64_of(SEVEN)] * 17})
    [error] = problem(answer, 422, "invalid-request")["errors"]
    assert error == {"pointer": "/images", "message": "must be a list of 1 to 16 items, not a list of 17 items"}
    form = service.post("/encode", files=[("image", ("a.png", SEVEN))] * 17)
    [error] = problem(form, 422, "invalid-request")["errors"]
    assert error == {"pointer": "/image", "message": "the form has 17 files in the field image; 1 to 16 are allowed"}


@pytest.mark.parametrize("media_type", offered(Use.IMAGES))
def test_every_format_shows_the_reconstructions(service: httpx.Client, media_type: str) -> None:
    headers = {"Accept": media_type}
    body = {"images": [base64_of(file_of(image)) for image in IMAGES[:2]]}
    answer = service.post("/encode", json=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert "etag" not in answer.headers


def test_looks_are_parameters_fields_of_a_form_or_fields_of_json(service: httpx.Client) -> None:
    looks = {"ink": True, "height": 100, "color": "navy"}
    texts = {"ink": "true", "height": "100", "color": "navy"}
    expected = service.post("/encode", json={"image": base64_of(SEVEN), **looks}).raise_for_status().json()
    assert pixels(expected["png"]).shape == (100, 100)
    assert post(service, SEVEN, params=texts).raise_for_status().json() == expected
    form = service.post("/encode", files={"image": ("a.png", SEVEN)}, data=texts)
    assert form.raise_for_status().json() == expected
    sheet = post(service, SEVEN, params=texts, headers={"Accept": "image/png"})
    assert pixels(sheet.content).shape == (100, 100)


@pytest.mark.parametrize("model", ["digits-small", "digits-fp16", "digits-int8"])
def test_variants_read_with_the_encoder_of_their_base(service: httpx.Client, model: str) -> None:
    base, read = post(service, SEVEN).json(), post(service, SEVEN, params={"model": model}).raise_for_status().json()
    assert (read["model"], read["hand"], read["latent"]) == (model, base["hand"], base["latent"])
    assert read["png"] != base["png"] or model == "digits-fp16"


def side_by_side(*images: Any) -> bytes:
    return file_of(np.hstack(images))


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no picture": ({"image": base64_of(b"hello")}, "/image", "is not a PNG, JPEG or WebP picture"),
    "blank": ({"image": base64_of(file_of(np.zeros((28, 28), np.uint8)))}, "/image", "blank"),
    "two digits": ({"image": base64_of(side_by_side(IMAGES[0], IMAGES[1]))}, "/image", "2 separate figures"),
    "truncated": ({"image": base64_of(file_of(NOISE[:200, :200])[:9000])}, "/image", "the PNG file ends early"),
    "huge": ({"image": base64_of(file_of(np.zeros((4000, 4000), np.uint8)))}, "/image", "at most 4,194,304"),
    "third": ({"images": [*[base64_of(SEVEN)] * 2, base64_of(b"hello")]}, "/images/2", "is not a PNG"),
    "base64": ({"image": "@@@"}, "/image", "a PNG, JPEG or WebP file in base64 alone"),
    "lines": ({"image": "aGVs\nbG8="}, "/image", "no line breaks"),
    "data URL": ({"image": f"data:image/png;base64,{base64_of(SEVEN)}"}, "/image", "no prefix such as 'data:'"),
    "second": ({"images": [base64_of(SEVEN), "@"]}, "/images/1", "a PNG, JPEG or WebP file in base64 alone"),
    "number": ({"image": 7}, "/image", "must be a PNG, JPEG or WebP file in base64, not 7"),
    "none": ({}, "", "give exactly one of image and images, not none"),
    "both": ({"image": base64_of(SEVEN), "images": [base64_of(SEVEN)]}, "", "not image and images"),
    "empty": ({"images": []}, "/images", "a list of 1 to 16 items"),
    "unknown": (
        {"image": base64_of(SEVEN), "pitcure": 1},
        "/pitcure",
        "no field 'pitcure'; available fields: image, images",
    ),
    "no encoder": ({"image": base64_of(SEVEN), "model": "mlp"}, "/model", "models that do: digits, "),
    "too large": ({"images": [base64_of(SEVEN)] * 17}, "/images", "not a list of 17 items"),
    "ink": ({"image": base64_of(SEVEN), "height": 200}, "/height", "needs ink"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_points_at_the_field_and_says_what_was_seen(service: httpx.Client, name: str) -> None:
    body, pointer, said = REFUSALS[name]
    [error] = problem(service.post("/encode", json=body), 422, "invalid-request")["errors"]
    assert error["pointer"] == pointer
    assert said in error["message"]


def test_what_is_no_digit_is_refused_with_how_it_reads(service: httpx.Client) -> None:
    block = np.zeros((28, 28), np.uint8)
    block[4:24, 4:24] = 255
    [error] = problem(post(service, file_of(block)), 422, "invalid-request")["errors"]
    assert error["pointer"] == "/image"
    assert "the nearest is " in error["message"] and "(confidence " in error["message"]


@pytest.mark.parametrize("media_type", ["text/plain", "image/gif", "application/x-www-form-urlencoded", ""])
def test_body_of_another_type_is_refused_with_the_types_that_are_taken(service: httpx.Client, media_type: str) -> None:
    answer = problem(post(service, SEVEN, media_type), 415, "unsupported-media-type")
    taken = "image/png, image/jpeg, image/webp, application/json or multipart/form-data"
    assert answer["detail"].startswith(f"Content-Type must be {taken}, ")


@pytest.mark.parametrize(
    ("sent", "status", "pointer"),
    [
        ({"files": {"picture": ("a.png", SEVEN)}}, 422, "/picture"),
        ({"files": {"image": ("a.png", SEVEN)}, "data": {"sclae": "2"}}, 422, "/sclae"),
        ({"files": {"image": ("a.png", SEVEN)}, "data": {"ink": "maybe"}}, 422, "/ink"),
        ({"files": {"image": ("a.png", SEVEN)}, "data": {"scale": ["2", "3"]}}, 422, "/scale"),
        ({"files": {"image": ("a.png", SEVEN)}, "params": {"scale": "2"}}, 422, "/scale"),
        ({"files": [("image", ("a.png", SEVEN)), ("image", ("b.png", b"hello"))]}, 422, "/image/1"),
        ({"json": {"image": base64_of(SEVEN)}, "params": {"scale": "2"}}, 422, "/scale"),
        ({"content": SEVEN, "headers": {"Content-Type": "image/png"}, "params": {"sclae": "2"}}, 422, "/sclae"),
        ({"content": SEVEN, "headers": {"Content-Type": "image/png"}, "params": {"scale": [2, 3]}}, 422, "/scale"),
        ({"json": {"image": base64_of(SEVEN), "model": "letters"}}, 404, "/model"),
    ],
)
def test_wrong_fields_are_named(service: httpx.Client, sent: dict[str, Any], status: int, pointer: str) -> None:
    slug = "unknown-model" if status == 404 else "invalid-request"
    [error] = problem(service.post("/encode", **sent), status, slug)["errors"]
    assert error["pointer"] == pointer


def test_other_methods_are_refused(service: httpx.Client) -> None:
    assert service.get("/encode").headers["allow"] == "POST"


def test_damaged_form_is_refused(service: httpx.Client) -> None:
    problem(post(service, b"--x", "multipart/form-data; boundary=x"), 400, "bad-request")
    problem(post(service, b"{", "application/json"), 400, "not-json")


def test_picture_may_be_larger_than_other_bodies(service: httpx.Client) -> None:
    large = file_of(NOISE)
    assert len(large) > 64 * 1024, "the limit of this service for other bodies"
    problem(post(service, large), 422, "invalid-request")
    problem(
        service.post("/generate", content=large, headers={"Content-Type": "application/json"}), 413, "body-too-large"
    )


def test_upload_above_its_limit_is_refused() -> None:
    with live(create_app(Settings(threads=1, max_upload_bytes=4096))) as service:
        post(service, SEVEN).raise_for_status()
        problem(post(service, SEVEN + bytes(4096)), 413, "body-too-large")


def test_pictures_count_against_queue_and_quota() -> None:
    settings = Settings(threads=1, queue_images=2 * IMAGES_PER_PICTURE, images_per_minute=4 * IMAGES_PER_PICTURE)
    with live(create_app(settings)) as service:
        answer = post(service, SEVEN).raise_for_status()
        left = int(answer.headers["ratelimit"].partition('"images";r=')[2].partition(";")[0])
        assert 3 * IMAGES_PER_PICTURE <= left < 3.5 * IMAGES_PER_PICTURE
        problem(service.post("/encode", json={"images": [base64_of(SEVEN)] * 4}), 429, "quota-exceeded")


def test_overload_is_answered_with_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()
    app = create_app(Settings(threads=1, queue_images=IMAGES_PER_PICTURE))
    engine = app.state.services.engine
    _, encoder = engine.encoder_of(None, None)
    run = encoder.run

    def wait(images: Any) -> Any:
        entered.set()
        assert go_on.wait(PATIENCE_S)
        return run(images)

    monkeypatch.setattr(encoder, "run", wait)
    with live(app) as service, ThreadPoolExecutor(1) as other:
        first = other.submit(post, service, SEVEN)
        assert entered.wait(PATIENCE_S)
        refused = post(service, SEVEN)
        go_on.set()
        problem(refused, 503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        first.result().raise_for_status()


def test_client_that_leaves_frees_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()
    app = create_app(Settings(threads=1))
    engine = app.state.services.engine
    _, encoder = engine.encoder_of(None, None)

    def wait(images: Any) -> Any:
        entered.set()
        assert go_on.wait(PATIENCE_S)
        raise RuntimeError("nobody waits for this")

    monkeypatch.setattr(encoder, "run", wait)
    with live(app) as service:
        try:
            problem(post(service, SEVEN, headers={"X-Request-Timeout": "0.2"}), 503, "deadline-passed")
            assert entered.is_set()
            wait_until(lambda: engine.admitted_images == 0)
        finally:
            go_on.set()


def test_many_large_uploads_stay_within_the_memory_of_bodies() -> None:
    large = file_of(NOISE)
    app = create_app(Settings(threads=1, body_memory_bytes=8 * 2**20))
    bodies = app.state.services.bodies
    take, used = bodies.take, [0]

    def watched(n_bytes: int) -> bool:
        has_room: bool = take(n_bytes)
        used.append(bodies.used_bytes)
        return has_room

    bodies.take = watched
    with live(app) as service, ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: post(service, large), range(8)))
    assert {each.status_code for each in answers} <= {422, 503}
    assert any(each.status_code == 422 for each in answers)
    assert 3 * len(large) <= max(used) <= 8 * 2**20


def test_description_has_all_three_bodies(service: httpx.Client) -> None:
    description = service.get("/openapi.json").json()
    operation = description["paths"]["/encode"]["post"]
    content = operation["requestBody"]["content"]
    assert list(content) == ["application/json", "multipart/form-data", "image/png", "image/jpeg", "image/webp"]
    schemas = description["components"]["schemas"]
    assert {"EncodeRequest", "EncodedPicture", "EncodedHand"} <= schemas.keys()
    files = content["multipart/form-data"]["schema"]["properties"]["image"]
    assert files["items"] == {"type": "string", "format": "binary"}
    assert {each.get("name") for each in operation["parameters"]} >= {"model", "version", "ink", "height", "columns"}


@pytest.mark.parametrize("body", [{"image": base64_of(SEVEN)}, {"images": [base64_of(SEVEN)]}])
def test_reading_has_the_name_of_its_class(clothes: httpx.Client, body: dict[str, Any]) -> None:
    read = clothes.post("/encode", json=body).raise_for_status().json()
    read = read.get("images", [read])[0]
    assert (read["label"], read["class_name"]) == (LABELS[0], CLOTHES[LABELS[0]])
