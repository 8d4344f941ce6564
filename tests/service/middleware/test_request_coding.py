"""Bodies in every content coding, on every kind of route, and packed bodies that are wrong or too large."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from service.http.coding import UNPACKERS
from tests.service.problems import problem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.compress,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}
BODIES = {
    "/generate": b'{"seeds": [1, 2]}',
    "/latents": b'{"seeds": [1]}',
    "/dataset": b'{"count": 10}',
    "/v1/images/generations": b'{"prompt": "42", "seed": 1, "response_format": "b64_json"}',
    "/v2/models/digits/infer": b'{"inputs": [{"name": "seed", "shape": [1], "datatype": "INT64", "data": [1]}]}',
}
MOST_BYTES = 64 * 1024  # of the service's bodies


def post(service: httpx.Client, path: str, body: bytes | Iterator[bytes], coding: str = "") -> httpx.Response:
    headers = {"Content-Type": "application/json"} | ({"Content-Encoding": coding} if coding else {})
    return service.post(path, content=body, headers=headers)


def test_every_coding_of_a_request_has_a_packer() -> None:
    assert PACKERS.keys() == UNPACKERS.keys()


@pytest.mark.parametrize("path", BODIES)
def test_route_reads_packed_bodies(service: httpx.Client, path: str) -> None:
    plain = post(service, path, BODIES[path])
    assert plain.is_success
    for coding, pack in PACKERS.items():
        answer = post(service, path, pack(BODIES[path]), coding.upper())
        assert answer.status_code == 200, answer.text
        assert len(answer.content) == len(plain.content)


@pytest.mark.parametrize("coding", PACKERS)
def test_packed_body_may_come_byte_by_byte(service: httpx.Client, coding: str) -> None:
    packed = PACKERS[coding](BODIES["/generate"])
    parts = (packed[i : i + 1] for i in range(len(packed)))
    assert post(service, "/generate", parts, coding).status_code == 200


@pytest.mark.parametrize("coding", PACKERS)
def test_unpacked_body_may_be_as_large_as_any_other(service: httpx.Client, coding: str) -> None:
    body = BODIES["/generate"]
    largest, larger = (body + b" " * (MOST_BYTES + more - len(body)) for more in (0, 1))
    assert post(service, "/generate", PACKERS[coding](largest), coding).status_code == 200
    problem(post(service, "/generate", PACKERS[coding](larger), coding), 413, "body-too-large")
    problem(post(service, "/generate", PACKERS[coding](bytes(50_000_000)), coding), 413, "body-too-large")


def test_packed_body_is_limited_whatever_it_unpacks_to(service: httpx.Client) -> None:
    packer = zlib.compressobj(wbits=31)
    empty_blocks = packer.compress(b"{") + packer.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff" * MOST_BYTES
    problem(post(service, "/generate", empty_blocks, "gzip"), 413, "body-too-large")


@pytest.mark.parametrize("coding", PACKERS)
def test_wrongly_packed_body_is_named(service: httpx.Client, coding: str) -> None:
    packed = PACKERS[coding](BODIES["/generate"])
    for body, fault in (
        (b"", "incomplete"),
        (packed[:-1], "incomplete"),
        (packed + b"x", "more follows it"),
        (packed + packed, "more follows it"),
        (b"nonsense", "invalid"),
    ):
        answer = problem(post(service, "/generate", body, coding), 400, "bad-request")
        assert answer["detail"].startswith(f"the body is declared as {coding}, but ")
        assert fault in answer["detail"]


def test_zstd_that_reserves_much_memory_is_refused(service: httpx.Client) -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = packer.compress(BODIES["/generate"], packer.FLUSH_BLOCK) + packer.flush()
    problem(post(service, "/generate", packed, "zstd"), 400, "bad-request")


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "compress" * 100])
@pytest.mark.parametrize("path", ["/generate", "/v2/models/digits/infer"])
def test_unsupported_coding_gets_those_that_are_supported(service: httpx.Client, path: str, coding: str) -> None:
    answer = post(service, path, BODIES[path], coding)
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "zstd, gzip, x-gzip, deflate"
    assert "supported codings: zstd, gzip" in answer.text


@pytest.mark.parametrize("coding", ["", "identity"])
def test_body_without_a_coding_is_read_as_it_is(service: httpx.Client, coding: str) -> None:
    assert post(service, "/generate", BODIES["/generate"], coding).status_code == 200


def test_coding_of_a_request_without_a_body_does_not_matter(service: httpx.Client) -> None:
    assert service.get("/digits/7/1.png", headers={"Content-Encoding": "br"}).status_code == 200
