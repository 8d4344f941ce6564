"""Data sets that nobody stores: addresses, ranges of files, checksums and what a data set says of itself."""

import asyncio
import base64
import gzip
import hashlib
import io
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from random import Random
from time import monotonic, sleep
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from digitgan.contract.limits import MAX_DATASET_IMAGES, MAX_SEED
from digitgan.dataset.files import FILES
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.backend import Images, Rows
from digitgan.engine.engine import Engine
from service.access.quota import RateLimiter
from service.http import error_handlers
from service.http.routing import add_routes
from service.middleware.access import Access
from service.middleware.request_id import RequestId
from service.routes import dataset, datasets
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.digitgan.formats.pictures import decoded
from tests.live import live
from tests.processes import wait_until
from tests.service.problems import problem
from tests.service.services import services_of

SPEC = "model-digits,version-1,count-{},seed-{}"
IMMUTABLE = "public, max-age=31536000, immutable"
RANGED = [name for name in FILES if not name.endswith(".gz")]


class Distinct(EchoBackend):
    """Gives each image pixels that no other has: the bytes of its latent over and over."""

    def run(self, rows: Rows) -> Images:
        self.batches.append(len(rows))
        size = self.card.image_height * self.card.image_width
        pixels = np.stack([np.resize(row.view(np.uint8), size) for row in rows.latents])
        pixels[:, -1] = rows.labels
        return Images(pixels.reshape(-1, self.card.image_height, self.card.image_width), rows.labels)


BACKEND = Distinct(a_card(model="digits", n_classes=10, latent_size=20, image_height=5, image_width=7))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine([BACKEND], default_model="digits", batch_images=16, queue_images=1024)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def quick(engine: Engine) -> Iterator[httpx.Client]:
    """Yield a client of data sets whose images cost little and are all different."""
    with live(an_app(engine)) as client:
        yield client


def an_app(engine: Engine, **settings: int) -> FastAPI:
    app = FastAPI()
    error_handlers.install(app)
    services = services_of(engine, **settings)
    for routes in (datasets, dataset):
        add_routes(app, routes.router(services))
    app.add_middleware(RequestId)
    return app


def get(client: httpx.Client, spec: str, file: str, *ranges: str, **headers: str) -> httpx.Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if ranges:
        fields["Range"] = f"bytes={','.join(ranges)}"
    return client.get(f"/datasets/{spec}/{file}", headers=fields)


def text_of(span: range) -> str:
    return f"{span.start}-{span.stop - 1}"


@pytest.mark.parametrize("file", RANGED)
@pytest.mark.parametrize("count", [1, 1_234])
def test_random_ranges_are_slices_of_the_whole(quick: httpx.Client, file: str, count: int) -> None:
    spec, random = SPEC.format(count, 7), Random(f"{file} {count}")
    whole = get(quick, spec, file).raise_for_status()
    content, size = whole.content, len(whole.content)
    assert whole.headers["content-length"] == str(size)
    for _ in range(75):  # with all files, a thousand and more
        start = random.randrange(size)
        stop = min(size, start + random.choice([1, 2, 36, 200, 5_000, size]))
        if random.random() < 0.6:
            answer = get(quick, spec, file, text_of(range(start, stop)))
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
            assert answer.content == content[start:stop]
        else:
            n = random.randint(2, min(16, size // 2))
            edges = sorted(random.sample(range(size), 2 * n))
            spans = [range(first, last + 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]
            random.shuffle(spans)
            answer = get(quick, spec, file, *map(text_of, spans))
            assert answer.headers["content-length"] == str(len(answer.content))
            head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
            parts = message_from_bytes(head + answer.content, policy=policy.HTTP).iter_parts()
            for span, part in zip(spans, parts, strict=True):
                assert part["content-range"] == f"bytes {text_of(span)}/{size}"
                assert part.get_payload(decode=True) == content[span.start : span.stop]
        assert answer.status_code == 206
        assert answer.headers["etag"] == whole.headers["etag"]


def images_of(engine: Engine, spec: DatasetSpec) -> NDArray[np.uint8]:
    plan = spec.plan(BACKEND.card, spec.count)
    return asyncio.run(engine.generate(plan)).images.pixels


def test_files_hold_the_images_of_the_seeds_in_their_address(quick: httpx.Client, engine: Engine) -> None:
    spec = DatasetSpec(count=150, seed=30, labels="mnist")
    text = spec.text(BACKEND.card)
    train, test = images_of(engine, spec), images_of(engine, DatasetSpec(count=25, seed=180, labels="mnist"))
    labels = train[:, -1, -1]  # as the backend writes them
    got = {name: get(quick, text, name).raise_for_status().content for name in FILES}
    assert got["train-images-idx3-ubyte"][16:] == train.tobytes()
    assert got["t10k-images-idx3-ubyte"][16:] == test.tobytes()
    assert got["train-labels-idx1-ubyte"][8:] == labels.tobytes()
    for name in FILES:
        if name.endswith(".gz"):
            assert gzip.decompress(got[name]) == got[name.removesuffix(".gz")]
    assert np.array_equal(np.load(io.BytesIO(got["images.npy"])), train)
    assert np.array_equal(np.load(io.BytesIO(got["labels.npy"])), labels)
    rows = pq.read_table(io.BytesIO(got["data.parquet"])).to_pylist()
    assert [row["seed"] for row in rows] == list(range(30, 180))
    assert [row["label"] for row in rows] == labels.tolist()
    assert all(np.array_equal(decoded(row["image"]["bytes"]), train[i]) for i, row in enumerate(rows))
    posted = {"count": 150, "seed": 30, "labels": "mnist"}
    answer = quick.post("/dataset", json=posted, headers={"Accept": "application/vnd.apache.parquet"})
    assert answer.content == got["data.parquet"]


def test_images_far_inside_a_large_file_are_those_of_their_seeds(quick: httpx.Client, engine: Engine) -> None:
    spec, random = DatasetSpec(count=10**8, seed=5), Random(3)
    for _ in range(40):
        position, n = random.randrange(10**8 - 9), random.randint(1, 9)
        start = 16 + 35 * position
        answer = get(quick, spec.text(BACKEND.card), "train-images-idx3-ubyte", text_of(range(start, start + 35 * n)))
        expected = images_of(engine, DatasetSpec(count=n + position % 10, seed=5 + position - position % 10))
        assert answer.content == expected[position % 10 :].tobytes()


def test_ranges_run_the_model_for_the_images_that_they_show(quick: httpx.Client) -> None:
    spec = SPEC.format(10**9, 0)
    for file, ranges, n_images in (
        ("train-images-idx3-ubyte", ["0-15"], 0),
        ("train-images-idx3-ubyte", ["0-16"], 1),
        ("train-images-idx3-ubyte", ["50-51"], 2),
        ("images.npy", ["1000000-1000000", "2000000-2000069", "-1"], 1 + 3 + 1),
        ("labels.npy", ["500000000-500009999"], 0),
        ("data.parquet", ["0-3", "-65536"], 0),
    ):
        before = sum(BACKEND.batches)
        assert get(quick, spec, file, *ranges).status_code == 206
        assert sum(BACKEND.batches) - before == n_images, (file, ranges)


def test_heads_have_length_and_tag_before_any_image(quick: httpx.Client) -> None:
    before = len(BACKEND.batches)
    for count in (60, 10**9):
        spec = SPEC.format(count, 0)
        for file in FILES:
            answer = quick.head(f"/datasets/{spec}/{file}", headers={"Range": "bytes=0-1"})
            assert answer.status_code == 200
            assert answer.headers["accept-ranges"] == ("none" if file.endswith(".gz") else "bytes")
            assert answer.headers["cache-control"] == IMMUTABLE
            assert answer.headers["content-disposition"] == f'inline; filename="{file}"'
            assert "vary" not in answer.headers
            again = get(quick, spec, file, "0-1", If_None_Match=answer.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == answer.headers["etag"]
    assert len(BACKEND.batches) == before
    small = {file: quick.head(f"/datasets/{SPEC.format(60, 0)}/{file}").headers for file in FILES}
    assert {file: len(get(quick, SPEC.format(60, 0), file).content) for file in FILES} == {
        file: int(headers["content-length"]) for file, headers in small.items()
    }
    assert len({headers["etag"] for headers in small.values()}) == len(FILES)


def test_parts_are_given_of_the_same_file_alone(quick: httpx.Client) -> None:
    spec = SPEC.format(30, 0)
    tag = quick.head(f"/datasets/{spec}/images.npy").headers["etag"]
    for condition, status in ((tag, 206), ('"other"', 200), ("Sun, 29 Nov 2026 12:00:00 GMT", 200)):
        assert get(quick, spec, "images.npy", "0-9", If_Range=condition).status_code == status
    zipped = get(quick, spec, "train-images-idx3-ubyte.gz", "0-9")
    assert zipped.status_code == 200
    assert gzip.decompress(zipped.content)


def test_other_spellings_lead_to_the_one_address(quick: httpx.Client) -> None:
    canonical = SPEC.format(60, 0)
    for spec in ("count-60", "seed-0,count-60", "count-60,labels-balanced", "version-1,count-60", "count-60.0"):
        answer = get(quick, spec, "labels.npy")
        assert answer.status_code == 307
        assert answer.headers["location"] == f"../{canonical}/labels.npy"
        assert answer.headers["cache-control"] == "no-cache"
        followed = quick.get(f"/datasets/{spec}/labels.npy", follow_redirects=True)
        assert followed.content == get(quick, canonical, "labels.npy").content
    assert get(quick, canonical.replace(",", "%2C"), "labels.npy").status_code == 200
    of_mean = f"{canonical},truncation-0.0"
    assert get(quick, of_mean, "labels.npy").status_code == 200
    for spec in ("count-60,truncation-0", f"{canonical},truncation--0.0"):
        assert get(quick, spec, "labels.npy").headers["location"] == f"../{of_mean}/labels.npy"


@pytest.mark.parametrize(
    ("spec", "pointer", "message"),
    [
        ("count-0", "/count", "at least 1, not 0"),
        (f"count-{MAX_DATASET_IMAGES + 1}", "/count", "at most 1,000,000,000 are allowed"),
        ("cuont-60", "/cuont", "did you mean 'count'?"),
        ("seed-1", "/count", "this item is required"),
        ("count-60,labels-even", "/labels", "'balanced' or 'mnist', not 'even'"),
        ("count-60,count-60", "/spec", "count is given more than once"),
        ("60000", "/spec", "as in count-60000"),
        (f"count-60,seed-{MAX_SEED}", "/seed", "exceed the largest seed"),
        ("count-60,vary-0.5", "/vary", "there is no hand to vary"),
    ],
)
def test_wrong_specs_are_refused_by_item(quick: httpx.Client, spec: str, pointer: str, message: str) -> None:
    [error] = problem(get(quick, spec, "images.npy"), 422, "invalid-request")["errors"]
    assert error["pointer"] == pointer
    assert message in error["message"]


def test_unknown_files_and_models_are_not_found(quick: httpx.Client) -> None:
    assert "did you mean 'labels.npy'?" in problem(get(quick, "count-6", "label.npy"), 404, "not-found")["detail"]
    detail = problem(get(quick, "count-6", "x"), 404, "not-found")["detail"]
    assert all(name in detail for name in (*FILES, "README.md", "croissant.json", "SHA256SUMS"))
    problem(get(quick, "count-6,version-9", "images.npy"), 404, "unknown-model")


def test_ranges_that_cannot_be_answered_are_problems(quick: httpx.Client) -> None:
    answer = get(quick, SPEC.format(10**6, 0), "images.npy", "35000128-", "-0")
    assert answer.headers["content-range"] == f"bytes */{35 * 10**6 + 128}"
    problem(answer, 416, "range-not-satisfiable")
    answer = get(quick, SPEC.format(10**6, 0), "images.npy", "0-999", "3500128-34999999")
    assert "images; at most 100,000" in problem(answer, 416, "range-not-satisfiable")["detail"]


def test_checksums_are_those_of_the_files_and_are_kept(quick: httpx.Client) -> None:
    spec = SPEC.format(240, 1_000)
    assert "repr-digest" not in get(quick, spec, "images.npy").headers
    before = sum(BACKEND.batches)
    head, sums = quick.head(f"/datasets/{spec}/SHA256SUMS"), get(quick, spec, "SHA256SUMS")
    assert sum(BACKEND.batches) - before == 240 + 40, "one pass"
    assert head.headers["content-length"] == sums.headers["content-length"] == str(len(sums.content))
    contents = {name: get(quick, spec, name).content for name in FILES}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in contents.items()]
    assert sorted(sums.text.splitlines()) == sorted(lines)
    before = sum(BACKEND.batches)
    assert get(quick, spec, "SHA256SUMS").content == sums.content
    assert get(quick, spec, "SHA256SUMS", If_None_Match=sums.headers["etag"]).status_code == 304
    assert sum(BACKEND.batches) == before
    digest = base64.b64encode(hashlib.sha256(contents["images.npy"]).digest()).decode()
    assert get(quick, spec, "images.npy", "0-1").headers["repr-digest"] == f"sha-256=:{digest}:"


def test_texts_need_no_image_and_name_their_address(quick: httpx.Client) -> None:
    spec, before = SPEC.format(10**9, 0), len(BACKEND.batches)
    url = f"{quick.base_url}/datasets/{spec}"
    readme, metadata = get(quick, spec, "README.md"), get(quick, spec, "croissant.json")
    assert f"wget -c {url}/data.parquet" in readme.text
    assert readme.headers["content-type"].startswith("text/markdown")
    described = metadata.json()
    assert [each["contentUrl"] for each in described["distribution"]] == [f"{url}/{name}" for name in FILES]
    assert described["isLiveDataset"] is True
    assert metadata.headers["content-type"] == "application/ld+json"
    assert metadata.headers["cache-control"] == "no-cache"
    elsewhere = get(quick, spec, "croissant.json", Host="digits.example")
    assert elsewhere.headers["etag"] != metadata.headers["etag"]
    assert elsewhere.json()["url"].startswith("http://digits.example/datasets/")
    assert get(quick, spec, "croissant.json", If_None_Match=metadata.headers["etag"]).status_code == 304
    assert len(BACKEND.batches) == before


def test_guide_names_all_items_and_files_and_examples_work(quick: httpx.Client) -> None:
    guide = quick.get("/datasets").json()
    assert [each["name"] for each in guide["items"]] == list(DatasetSpec.model_fields)
    assert {each["name"] for each in guide["files"]} >= set(FILES)
    assert guide["max_count"] == MAX_DATASET_IMAGES
    defaults = {each["name"]: each["default"] for each in guide["items"]}
    assert (defaults["verified"], defaults["truncation"], defaults["hand"]) == ("false", "1.0", None)
    for example in guide["examples"]:
        assert quick.head(example).status_code == 200, "and not 307"


def test_marked_files_are_no_longer_immutable() -> None:
    marking = Engine([BACKEND], default_model="digits", batch_images=16, queue_images=1024, marks_all=True)
    spec = SPEC.format(60, 0)
    with live(an_app(marking)) as client:
        head = client.head(f"/datasets/{spec}/train-images-idx3-ubyte.gz").headers
        assert head["cache-control"] == "no-cache"
        content = get(client, spec, "train-images-idx3-ubyte.gz").content
        assert str(len(content)) == head["content-length"]
        assert b"trainedAlgorithmicMedia" in content
        assert b"trainedAlgorithmicMedia" in get(client, spec, "data.parquet", "-2000").content
    marking.close()


def test_memory_does_not_grow_with_the_file(quick: httpx.Client) -> None:
    def peak(count: int, file: str, *ranges: str) -> int:
        tracemalloc.start()
        try:
            with quick.stream(
                "GET", f"/datasets/{SPEC.format(count, 0)}/{file}", headers={"Range": f"bytes={','.join(ranges)}"}
            ) as answer:
                n_bytes = sum(map(len, answer.iter_raw()))
            assert n_bytes > 900_000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    for file in ("images.npy", "labels.npy", "data.parquet"):
        peak(10**9, file, "0-999999")  # what is made once, such as the end of a Parquet file
        peak(10**6, file, "0-999999")
        few, many = peak(10**6, file, "0-999999"), peak(10**9, file, "900000000-900999999")
        assert many - few < 2**20, file


def test_images_that_are_shown_count_towards_the_quota() -> None:
    engine = Engine([BACKEND], default_model="digits", batch_images=16, queue_images=1024)
    spec = SPEC.format(1_000, 0)
    app = an_app(engine)
    quotas = RateLimiter(0, 100)
    app.add_middleware(Access, keys=None, limiter=quotas, is_open=lambda _: False)

    def left() -> int:
        bucket = quotas.quota_of("")._buckets["images"]
        return bucket.left(monotonic())

    with live(app) as client:
        for ranges, n_images in (("0-127", 0), ("128-162", 1), ("128-162,3000-3100", 1 + 4), ("1000-1999", 30)):
            before = left()
            assert get(client, spec, "images.npy", *ranges.split(",")).status_code == 206
            assert n_images - 2 <= before - left() <= n_images, "the bucket fills by 1.7 images a second"
        assert client.head(f"/datasets/{spec}/images.npy").status_code == 200
        refused = get(client, spec, "images.npy", "0-34000")
        assert (refused.status_code, "images a minute" in refused.text) == (429, True)
    engine.close()


@pytest.mark.parametrize("file", ["images.npy", "train-images-idx3-ubyte.gz", "SHA256SUMS"])
def test_images_that_are_never_made_do_not_count(file: str) -> None:
    engine = Engine([BACKEND], default_model="digits", batch_images=16, queue_images=1024)
    app, quotas = an_app(engine), RateLimiter(0, 10**6)
    app.add_middleware(Access, keys=None, limiter=quotas, is_open=lambda _: False)
    bucket = quotas.quota_of("")._buckets["images"]
    with live(app) as client:
        with client.stream("GET", f"/datasets/{SPEC.format(10**9, 0)}/{file}") as answer:
            assert answer.status_code == 200
            assert bucket.left(monotonic()) == 0
        wait_until(lambda: bucket.left(monotonic()) > 0)
        assert client.get(f"/datasets/{SPEC.format(100, 0)}/SHA256SUMS").status_code == 200
    engine.close()


def test_ends_of_large_parquet_files_are_made_aside_one_at_a_time(
    quick: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, threads, at_once, most = FILES["data.parquet"].make, set[str](), 0, 0

    def slow(*given: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        threads.add(threading.current_thread().name.partition("_")[0])
        sleep(0.01)
        at_once -= 1
        return make(*given)

    monkeypatch.setitem(FILES, "data.parquet", replace(FILES["data.parquet"], make=slow))
    with ThreadPoolExecutor(8) as clients:
        addresses = [f"/datasets/{SPEC.format(count, 0)}/data.parquet" for count in (10**4 + 1, 10**6) * 4]
        assert {answer.status_code for answer in clients.map(quick.head, addresses)} == {200}
    assert threads <= {"asyncio", "uvloop"}, "threads of the event loop's pool, not the event loop itself"
    assert most == 1


def test_client_that_leaves_ends_the_work(quick: httpx.Client, engine: Engine) -> None:
    with quick.stream("GET", f"/datasets/{SPEC.format(10**9, 0)}/images.npy") as answer:
        next(answer.iter_raw())
    wait_until(lambda: not engine.admitted_images)
    before = len(BACKEND.batches)
    sleep(0.05)
    assert len(BACKEND.batches) - before <= 4, "the chunk that was being made"


def test_many_ranges_at_once_wait_instead_of_being_refused() -> None:
    engine = Engine([BACKEND], default_model="digits", batch_images=16, queue_images=64)
    spec = SPEC.format(100_000, 0)
    with live(an_app(engine, queue_images=64, batch_images=16)) as client, ThreadPoolExecutor(24) as clients:

        def fetch(i: int) -> int:
            return get(client, spec, "images.npy", f"{128 + 350_00 * i}-{127 + 350_00 * (i + 1)}").status_code

        assert set(clients.map(fetch, range(48))) == {206}
    engine.close()
