"""Which content coding a client gets, and that other implementations decode it."""

import asyncio
import gzip
import sys
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import numpy as np
import pytest

from service.http.coding import CODINGS, Coding, choose_coding, unpack, unpacked_size

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

READERS: dict[str, Callable[[], "zstd.ZstdDecompressor | zlib._Decompress"]] = {
    "zstd": zstd.ZstdDecompressor,
    "gzip": lambda: zlib.decompressobj(wbits=31),
}


@pytest.mark.parametrize(
    ("accept_encoding", "wanted"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=0.5, zstd;q=0.5", "zstd"),
        ("gzip, zstd;q=0.9", "gzip"),
        ("gzip;q=0, zstd;q=0.1", "zstd"),
        ("zstd;q=0, gzip;q=0.1", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("gzip, *;q=0.5", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("gzip;q=0, zstd;q=0, *", None),
        ("br;q=1, gzip;q=0.1", "gzip"),
        ("gzip;q=much", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
    ],
)
def test_choose_coding_returns_the_preferred_coding(accept_encoding: str | None, wanted: str | None) -> None:
    chosen = choose_coding(accept_encoding)
    assert (chosen and chosen.name) == wanted


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_compress_is_lossless_and_deterministic(coding: Coding) -> None:
    coded = coding.compress(b"digits" * 100)
    assert READERS[coding.name]().decompress(coded) == b"digits" * 100
    assert len(coded) < 100
    assert coded == coding.compress(b"digits" * 100)


def test_gzip_contains_no_time() -> None:
    [coding] = [each for each in CODINGS if each.name == "gzip"]
    assert gzip.decompress(coding.compress(b"digits")) == b"digits"
    assert coding.compress(b"digits")[4:8] == bytes(4)


async def each_of(pieces: list[bytes | memoryview]) -> AsyncIterator[bytes | memoryview]:
    for piece in pieces:
        yield piece


def compressed(coding: Coding, pieces: list[bytes | memoryview], *, is_streamed: bool) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [piece async for piece in coding.compress_pieces(each_of(pieces), is_streamed=is_streamed)]

    return asyncio.run(collect())


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_streamed_pieces_are_readable_one_by_one(coding: Coding) -> None:
    pieces: list[bytes | memoryview] = [b"one", b"", memoryview(b"three" * 1000), bytes(2**17)]
    reader = READERS[coding.name]()
    read = [reader.decompress(piece) for piece in compressed(coding, pieces, is_streamed=True)]
    assert read == [*(bytes(piece) for piece in pieces), b""]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
@pytest.mark.parametrize("size", [10, 2**16, 2**16 + 1, 2**20])
def test_pieces_that_are_not_streamed_compress_like_a_whole(coding: Coding, size: int) -> None:
    content = np.random.default_rng(size).integers(0, 8, size, np.uint8).tobytes()
    assert b"".join(compressed(coding, [content], is_streamed=False)) == coding.compress(content)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
@pytest.mark.parametrize(("size", "is_aside"), [(2**16, False), (2**16 + 1, True)])
def test_large_pieces_are_compressed_in_a_thread(coding: Coding, size: int, is_aside: bool) -> None:
    threads: list[threading.Thread] = []

    class Noting:
        def compress(self, content: bytes | memoryview) -> bytes:
            threads.append(threading.current_thread())
            return bytes(content)

        def flush(self, mode: object = None) -> bytes:
            return b""

    noting = replace(coding, begin=Noting)
    assert b"".join(compressed(noting, [bytes(size)], is_streamed=True)) == bytes(size)
    assert [thread is not threading.current_thread() for thread in threads] == [is_aside]


def test_zstd_window_is_within_what_clients_must_allow() -> None:
    [coding] = [each for each in CODINGS if each.name == "zstd"]
    compressor = coding.begin()
    frame = compressor.compress(bytes(2**24)) + compressor.flush(coding.push)
    has_size, is_single = frame[4] >> 6, frame[4] >> 5 & 1
    assert (has_size, is_single) == (0, 0)  # else the byte that follows is not the window's
    exponent, mantissa = frame[5] >> 3, frame[5] & 7
    assert (1 << 10 + exponent) * (8 + mantissa) // 8 <= 8 * 2**20  # RFC 8878, 3.1.1.1.2; RFC 9659


def test_size_of_a_packed_file_is_known_before_it_is_unpacked() -> None:
    packed = zstd.compress(bytes(70_000))
    assert (unpacked_size(packed), unpack(packed)) == (70_000, bytes(70_000))
    [coding] = [each for each in CODINGS if each.name == "zstd"]
    with pytest.raises(ValueError, match="does not say the size"):
        unpacked_size(coding.compress(bytes(70_000)))
