"""Which pictures are kept, who gets them, and that a repeated answer is the one that would be made."""

import asyncio
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from bench.ask import get
from digitgan.engine.budget import Budget
from service.access.key_file import add_key
from service.app import create_app
from service.http.addresses import take_forwarded
from service.http.caching import IMMUTABLE
from service.middleware.kept_pictures import KeptPictures
from service.settings import Settings
from tests.live import live
from tests.service.problems import problem

ADDRESS = "/digits/7/1.png?model=digits&version=1"
OF_ONE_ANSWER = ("date", "x-request-id", "server-timing", "ratelimit")


@pytest.fixture(scope="module")
def limited(models_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client of a service that keeps pictures and counts images."""
    with live(create_app(Settings(models_dir=models_dir, images_per_minute=1000, threads=1))) as client:
        yield client


def outcomes(client: httpx.Client) -> dict[str, int]:
    """Return how many requests for immutable addresses had each outcome."""
    lines = [each for each in client.get("/metrics").text.splitlines() if each.startswith("digitgan_picture_requests_")]
    return {line.split('outcome="')[1].split('"')[0]: int(float(line.split()[-1])) for line in lines}


def change(client: httpx.Client, before: dict[str, int]) -> dict[str, int]:
    """Return how many more have each outcome; those with none are left out."""
    return {name: n - before[name] for name, n in outcomes(client).items() if n != before[name]}


def fields(answer: httpx.Response) -> dict[str, str]:
    """Return the header fields that are the same in each answer."""
    return {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}


@pytest.mark.parametrize(
    "address",
    [
        "/digits/7/21.png?model=digits&version=1",
        "/images/21.png?model=digits&version=1&scale=4",
        "/numbers/12%2F31/21.png?model=digits&version=1&ink=true",
        "/numbers/42/21.svg?model=digits&version=1",
    ],
)
def test_repeated_answer_is_the_one_that_was_made(limited: httpx.Client, address: str) -> None:
    before = outcomes(limited)
    made, head, kept = limited.get(address), limited.head(address), limited.get(address)
    assert change(limited, before) == {"made": 1, "kept": 2}
    assert (kept.status_code, kept.content, fields(kept)) == (200, made.content, fields(made))
    assert kept.headers["server-timing"] == 'cache;desc="hit"'
    assert "," not in kept.headers["x-request-id"] and kept.headers["x-request-id"] != made.headers["x-request-id"]
    assert (head.content, fields(head)) == (b"", {k: v for k, v in fields(made).items() if k != "content-length"})
    unchanged = limited.get(address, headers={"If-None-Match": f'"x", W/{made.headers["etag"]}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert change(limited, before) == {"made": 1, "kept": 2, "not_modified": 1}
    assert limited.get(address, headers={"If-None-Match": '"another"'}).content == made.content


def test_304_is_kept_without_a_picture(limited: httpx.Client) -> None:
    address = "/digits/7/22.png?model=digits&version=1"
    tag = {"If-None-Match": limited.head(address).headers["etag"]}
    before = outcomes(limited)
    first, second = limited.get(address, headers=tag), limited.get(address, headers=tag)
    assert (first.status_code, second.status_code, fields(first)) == (304, 304, fields(second))
    assert limited.get(address).content[:4] == b"\x89PNG"
    assert change(limited, before) == {"made": 2, "not_modified": 1}


@pytest.mark.parametrize(("path", "images"), [("digits/7", 1), ("numbers/123456", 6)])
def test_repeated_picture_counts_as_many_images_as_before(models_dir: Path, path: str, images: int) -> None:
    with live(create_app(Settings(models_dir=models_dir, images_per_minute=2 * images, threads=1))) as client:
        address = f"/{path}/23.png?model=digits&version=1"
        answers = [client.get(address), client.head(address), client.get(address), client.get(address)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    problem(answers[-1], 429, "quota-exceeded")


def test_kept_picture_needs_a_key(models_dir: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    key = add_key(keys, "a")
    with live(create_app(Settings(models_dir=models_dir, keys_file=keys, threads=1))) as client:
        answers = [client.get(ADDRESS, headers=headers) for headers in ({"X-Api-Key": key}, {"X-Api-Key": key}, {})]
    assert [each.status_code for each in answers] == [200, 200, 401]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/digits/7/24.png", {}),  # another picture when the default model is another
        ("/digits/7/24.png?model=digits", {}),
        ("/digits/7/24.png?version=1&model=digits", {}),  # not the address that the service writes
        ("/digits/7/24.png?model=digits&version=1&scale=1", {}),
        ("/digits/7/24.png?model=digits&version=1", {"X-Request-Timeout": "20"}),
        ("/digits/x/24.png?model=digits&version=1", {}),
        ("/images/24.png?model=none&version=1", {}),
    ],
)
def test_others_are_made_each_time(limited: httpx.Client, address: str, headers: dict[str, str]) -> None:
    before = outcomes(limited)
    first, second = limited.get(address, headers=headers), limited.get(address, headers=headers)
    assert (first.status_code, fields(first)) == (second.status_code, fields(second))
    assert set(change(limited, before)) <= {"made"}


def test_answers_behind_other_prefixes_differ(models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1))

    async def behind_proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            take_forwarded(scope)
        await app(scope, receive, send)

    with live(behind_proxy) as client:
        for prefix in ("", "/a", "/b", "/a", ""):
            answer = client.get(ADDRESS, headers={"X-Forwarded-Prefix": prefix})
            assert answer.headers["content-location"] == prefix + ADDRESS
        assert outcomes(client) == {"made": 3, "kept": 2, "not_modified": 0}


def test_pictures_of_a_public_address_are_kept(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1, public_url="https://a.example/services/b")
    with live(create_app(settings)) as client:
        answers = [client.get(ADDRESS), client.get(ADDRESS)]
        assert outcomes(client) == {"made": 1, "kept": 1, "not_modified": 0}
        route = 'kind="single",route="/digits/{label}/{hand}.png",status="200"'
        assert f'digitgan_requests_total{{{route},worker="0"}} 2.0\n' in client.get("/metrics").text
    assert {each.headers["content-location"] for each in answers} == {"/services/b" + ADDRESS}


class Numbered:
    """An application whose answers are immutable and count themselves."""

    def __init__(self, n_bytes: int, n_pieces: int = 1) -> None:
        self.n = 0
        self._n_bytes, self._n_pieces = n_bytes, n_pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        self.n += 1
        address = scope["raw_path"] + b"?" + scope["query_string"]
        headers = [(b"etag", b'"%d"' % self.n), (b"cache-control", IMMUTABLE.encode()), (b"content-location", address)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for i in reversed(range(self._n_pieces)):
            message: Message = {"type": "http.response.body", "body": bytes(self._n_bytes), "more_body": i > 0}
            await send(message)


def made(app: Numbered, numbers: list[int], memory: Budget, served: list[object] | None = None) -> int:
    """Return how many of some requests reached an application."""
    kept = KeptPictures(app, memory, lambda: served or [], Counter())

    async def all_asked() -> None:
        for number in numbers:
            await get(kept, f"/{number}?version=1", 200)

    asyncio.run(all_asked())
    return app.n


def test_last_used_pictures_stay_within_the_budget() -> None:
    memory = Budget(2**20)
    tracemalloc.start()
    assert made(Numbered(1000), [*range(2000), 1999, 1900, 0], memory) == 2001
    assert memory.limit_bytes / 2 < memory.used_bytes <= memory.limit_bytes
    tracemalloc.stop()
    assert made(Numbered(1000), [0, *(each for i in range(1, 2000) for each in (i, 0))], Budget(2**20)) == 2000


def test_no_more_memory_is_spent_than_counted() -> None:
    memory = Budget(2**20)
    app = Numbered(300)
    kept = KeptPictures(app, memory, list, Counter())

    async def fill() -> None:
        for number in range(3000):
            await get(kept, f"/{number}?version=1", 200)

    tracemalloc.start()
    asyncio.run(fill())
    spent = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert spent < memory.limit_bytes


@pytest.mark.parametrize(("n_bytes", "n_pieces"), [(2**20 // 16 + 1, 1), (10, 2)])
def test_large_and_streamed_answers_are_not_kept(n_bytes: int, n_pieces: int) -> None:
    memory = Budget(2**20)
    assert made(Numbered(n_bytes, n_pieces), [1, 1], memory) == 2
    assert memory.used_bytes == 0


def test_other_model_versions_forget_everything() -> None:
    served: list[object] = [object()]
    app, memory = Numbered(10), Budget(2**20)
    kept = KeptPictures(app, memory, lambda: list(served), Counter())

    async def asked() -> list[int]:
        n = []
        for _ in range(2):
            await get(kept, "/1?version=1", 200)
            await get(kept, "/1?version=1", 200)
            n.append(app.n)
            served[:] = [object()]
        return n

    assert asyncio.run(asked()) == [1, 2]
