"""How answers are negotiated, cached, coded and streamed, seen with a backend that counts its runs."""

import io
import json
import re
import socket
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from digitgan.engine.backend import Rows
from digitgan.engine.engine import Engine
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from service.http import error_handlers
from service.http.routing import add_routes
from service.middleware.request_id import RequestId
from service.routes import generate, pictures
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.live import live
from tests.processes import PATIENCE_S
from tests.service.http.test_coding import READERS
from tests.service.services import services_of

NDJSON, NPY, PNG = "application/x-ndjson", "application/x-npy", "image/png"
CHUNK = 4 * 8  # of an engine whose runs are of 8 images

STILLS = [name for name, each in offered(Use.IMAGES).items() if each.suits(animate=False)]


class Failing:
    """Fails every run after a number of them."""

    def __init__(self) -> None:
        self.after: int | None = None
        self.slow_s = 0.0

    def __call__(self, rows: Rows) -> None:
        time.sleep(self.slow_s)
        if self.after is not None:
            self.after -= 1
            if self.after < 0:
                raise ZeroDivisionError


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
def backend(failing: Failing) -> EchoBackend:
    card = a_card(model="digits", n_classes=10, latent_size=14, image_height=28, image_width=28)
    return EchoBackend(card, failing)


@pytest.fixture
def client(backend: EchoBackend) -> Iterator[httpx.Client]:
    """Yield a client of the routes of images, whose engine has small runs and little room."""
    engine = Engine([backend], default_model="digits", batch_images=8, queue_images=64)
    app = FastAPI()
    error_handlers.install(app)
    services = services_of(engine, max_images=64, max_stream_images=5000)
    add_routes(app, generate.router(services))
    add_routes(app, pictures.router(services))
    app.add_middleware(RequestId)
    with live(app) as client:
        yield client
    engine.close()


def post(
    client: httpx.Client, body: object, accept: str = "*/*", method: str = "POST", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, "/generate", json=body, headers={"Accept": accept} | named)


@pytest.mark.parametrize("media_type", STILLS)
def test_every_format_is_answered_with_its_media_type_and_length(client: httpx.Client, media_type: str) -> None:
    answer = post(client, {"seeds": [1, 2, 3], "labels": [1, 2, 3]}, media_type)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["content-length"] == str(len(answer.content))
    suffix = offered(Use.IMAGES)[media_type].suffix
    assert answer.headers["content-disposition"] == f'inline; filename="digits_images-3_seed-1{suffix}"'
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["accept-query"] == '"application/json"'


@pytest.mark.parametrize("media_type", STILLS)
def test_query_answers_304_without_a_run_when_nothing_changed(
    client: httpx.Client, backend: EchoBackend, media_type: str
) -> None:
    body = {"seeds": [1, 2, 3], "labels": 3, "model": "digits", "version": "1"}
    first = post(client, body, media_type, "QUERY")
    runs = len(backend.batches)
    again = post(client, body, media_type, "QUERY", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(backend.batches) == runs


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"seeds": 7}, "digits_seed-7"),
        ({"seeds": 7, "labels": 3}, "digits_seed-7_label-3"),
        ({"seeds": 7, "digits": "2026"}, "digits_seed-7_digits-2026"),
        ({"seeds": [7, 8], "digits": "42"}, "digits_images-2_seed-7"),
        ({"latents": [0.5] * 14}, "digits"),
    ],
)
def test_answer_has_a_name_for_its_file(client: httpx.Client, body: dict[str, Any], name: str) -> None:
    assert post(client, body, PNG).headers["content-disposition"] == f'inline; filename="{name}.png"'


def test_fields_in_several_lines_are_read_as_one(client: httpx.Client, backend: EchoBackend) -> None:
    headers = [("Accept", "text/html"), ("Accept", PNG)]
    answer = client.request("QUERY", "/generate", json={"seeds": 1}, headers=headers)
    assert answer.headers["content-type"] == PNG
    headers += [("If-None-Match", '"another"'), ("If-None-Match", answer.headers["etag"])]
    assert client.request("QUERY", "/generate", json={"seeds": 1}, headers=headers).status_code == 304
    assert backend.batches == [1]


def test_post_answers_412_without_a_run_when_nothing_changed(client: httpx.Client, backend: EchoBackend) -> None:
    first = post(client, {"seeds": 1})
    again = post(client, {"seeds": 1}, If_None_Match=first.headers["etag"])
    assert again.status_code == 412
    assert again.json()["type"] == "/problems/precondition-failed"
    assert len(backend.batches) == 1


def test_pictures_answer_304_and_head_without_a_run(client: httpx.Client, backend: EchoBackend) -> None:
    tag = client.head("/digits/3/1.png").headers["etag"]
    assert client.get("/digits/3/1.png", headers={"If-None-Match": tag}).status_code == 304
    assert client.head("/digits/3/1.png", headers={"If-None-Match": tag}).status_code == 304
    assert not backend.batches
    assert client.get("/digits/3/1.png").headers["etag"] == tag


def test_post_and_query_have_the_same_answer(client: httpx.Client) -> None:
    posted, queried = (post(client, {"seeds": [1, 2]}, method=method) for method in ("POST", "QUERY"))
    assert (posted.content, posted.headers["etag"]) == (queried.content, queried.headers["etag"])


def test_answers_have_a_tag_unless_seeds_are_random(client: httpx.Client) -> None:
    assert post(client, {"latents": [0.5] * 14}).headers["etag"]
    drawn = post(client, {"count": 2})
    assert "etag" not in drawn.headers
    assert drawn.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"seeds": 1, "labels": 3}, "/digits/3/1.png?model=digits&version=1"),
        ({"seeds": 1}, "/images/1.png?model=digits&version=1"),
        ({"seeds": 1, "digits": "42"}, "/numbers/42/1.png?model=digits&version=1"),
        ({"seeds": 1, "metadata": True}, "/images/1.png?model=digits&version=1&metadata=true"),
        ({"seeds": [1, 2]}, None),
        ({"latents": [0.5] * 14}, None),
        ({"count": 1}, None),
    ],
)
def test_one_png_names_its_permanent_address(client: httpx.Client, body: object, location: str | None) -> None:
    answer = post(client, body, PNG)
    assert answer.headers.get("content-location") == location
    if location:
        assert client.get(location).content == answer.content


def raw(client: httpx.Client, body: object, accept: str, accept_encoding: str) -> tuple[httpx.Headers, bytes]:
    """Return an answer's headers, and its body as it came."""
    headers = {"Accept": accept, "Accept-Encoding": accept_encoding}
    with client.stream("POST", "/generate", json=body, headers=headers) as answer:
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize("coding", READERS)
def test_json_of_several_images_is_compressed_on_request(client: httpx.Client, coding: str) -> None:
    body = {"seeds": list(range(20))}
    plain_headers, plain = raw(client, body, "application/json", "identity")
    headers, coded = raw(client, body, "application/json", coding)
    assert headers["content-encoding"] == coding
    assert headers["vary"] == "Accept, Accept-Encoding"
    assert int(headers["content-length"]) == len(coded) < len(plain) / 2
    assert READERS[coding]().decompress(coded) == plain
    assert headers["etag"] != plain_headers["etag"]


def test_each_coding_has_its_own_tag(client: httpx.Client) -> None:
    body = {"seeds": list(range(20))}
    tags = {name: raw(client, body, "application/json", name)[0]["etag"] for name in ("identity", *READERS)}
    assert len(set(tags.values())) == 3
    for name, tag in tags.items():
        again = post(client, body, method="QUERY", Accept_Encoding=name, If_None_Match=tag)
        assert (again.status_code, "content-encoding" in again.headers) == (304, False)


@pytest.mark.parametrize(("n", "accept"), [(7, "application/json"), (20, PNG), (20, "application/zip")])
def test_small_or_compressed_content_is_not_coded(client: httpx.Client, n: int, accept: str) -> None:
    assert "content-encoding" not in post(client, {"seeds": list(range(n))}, accept, Accept_Encoding="gzip").headers


@pytest.mark.parametrize("coding", READERS)
def test_a_compressed_stream_decodes_to_its_lines(client: httpx.Client, coding: str) -> None:
    headers, coded = raw(client, {"seeds": list(range(100))}, NDJSON, coding)
    assert headers["content-encoding"] == coding
    lines = READERS[coding]().decompress(coded).splitlines()
    assert [json.loads(line)["seed"] for line in lines] == list(range(100))


@pytest.mark.parametrize(
    ("n", "names"),
    [(CHUNK, "queue;%, model;%, encode;%"), (CHUNK + 1, 'queue;%;desc="first chunk", model;%;desc="first chunk"')],
)
def test_a_stream_states_the_timing_of_its_first_chunk(
    client: httpx.Client, failing: Failing, n: int, names: str
) -> None:
    failing.slow_s = 0.01
    timing = post(client, {"seeds": list(range(n))}, NDJSON).headers["server-timing"]
    assert re.fullmatch(names.replace("%", r"dur=[\d.]+"), timing), timing
    [model_ms] = re.findall(r"model;dur=([\d.]+)", timing)
    assert float(model_ms) >= 4 * 10  # the first chunk's four runs


@pytest.mark.parametrize("n", [CHUNK, CHUNK + 1, 1000])
def test_streamed_formats_hold_many_images_and_the_same_ones(client: httpx.Client, n: int) -> None:
    seeds = list(range(n))
    pixels = np.load(io.BytesIO(post(client, {"seeds": seeds, "labels": 1}, NPY).content))
    lines = post(client, {"seeds": seeds, "labels": 1}, NDJSON).text.splitlines()
    with zipfile.ZipFile(io.BytesIO(post(client, {"seeds": seeds, "labels": 1}, "application/zip").content)) as archive:
        assert len(archive.namelist()) == n + 1
    assert (len(pixels), [json.loads(line)["seed"] for line in lines]) == (n, seeds)


@pytest.mark.parametrize(
    ("body", "accept", "field"),
    [
        ({"count": 65}, "application/json", "/count"),
        ({"count": 5001}, NDJSON, "/count"),
        ({"count": 5000, "scale": 32}, NDJSON, "/scale"),
        ({"seeds": 1, "digits": ["1" * 64, "2"]}, NDJSON, "/digits"),
    ],
)
def test_too_many_images_for_a_format_are_refused_before_any_run(
    client: httpx.Client, backend: EchoBackend, body: object, accept: str, field: str
) -> None:
    answer = post(client, body, accept)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [field]
    assert not backend.batches


def test_first_lines_arrive_before_the_last_are_generated(
    client: httpx.Client, backend: EchoBackend, failing: Failing
) -> None:
    failing.slow_s = 0.005
    body = {"seeds": list(range(4000))}
    with client.stream("POST", "/generate", json=body, headers={"Accept": NDJSON}) as answer:
        first = next(answer.iter_lines())
        made = sum(backend.batches)
        assert json.loads(first)["seed"] == 0
        assert made < 4000


def test_work_stops_when_the_client_disconnects(client: httpx.Client, backend: EchoBackend, failing: Failing) -> None:
    failing.slow_s = 0.005
    body = json.dumps({"count": 5000}).encode()
    head = f"POST /generate HTTP/1.1\r\nHost: here\r\nAccept: {NDJSON}\r\nContent-Type: application/json\r\n"
    url = client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE_S) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    before = -1
    while sum(backend.batches) != before:  # until a while passes in which nothing is made
        before = sum(backend.batches)
        time.sleep(0.2)
    assert before < 5000


def test_a_failed_run_is_a_problem_before_the_answer_begins_and_ends_it_later(
    client: httpx.Client, failing: Failing
) -> None:
    failing.after = 0
    assert post(client, {"seeds": list(range(100))}, NDJSON).status_code == 500
    failing.after = 5  # the first chunk takes four
    with pytest.raises(httpx.RemoteProtocolError):
        post(client, {"seeds": list(range(100))}, NDJSON)
    failing.after = None
    assert post(client, {"seeds": 1}).status_code == 200
