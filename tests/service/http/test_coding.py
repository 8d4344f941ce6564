"""Knows who gets which coding, and that it is that coding. Does not know what is coded."""

import asyncio
import gzip
import sys
import zlib
from collections.abc import AsyncIterator, Callable

import pytest

from service.http.coding import CODINGS, Coding, choose

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
def test_a_client_gets_the_coding_that_it_prefers(accept_encoding: str | None, wanted: str | None) -> None:
    chosen = choose(accept_encoding)
    assert (chosen and chosen.name) == wanted


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_what_is_coded_comes_back_and_is_the_same_each_time(coding: Coding) -> None:
    coded = coding.compress(b"digits" * 100)
    assert READERS[coding.name]().decompress(coded) == b"digits" * 100
    assert len(coded) < 100
    assert coded == coding.compress(b"digits" * 100)


def test_gzip_does_not_hold_the_time() -> None:
    [coding] = [each for each in CODINGS if each.name == "gzip"]
    assert gzip.decompress(coding.compress(b"digits")) == b"digits"
    assert coding.compress(b"digits")[4:8] == bytes(4)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_each_piece_of_a_stream_can_be_read_when_it_is_there(coding: Coding) -> None:
    given: list[bytes | memoryview] = [b"one", b"", memoryview(b"three" * 1000)]

    async def pieces() -> AsyncIterator[bytes | memoryview]:
        for piece in given:
            yield piece

    async def read() -> list[bytes]:
        reader = READERS[coding.name]()
        return [reader.decompress(piece) async for piece in coding.compress_stream(pieces())]

    read_back = asyncio.run(read())
    assert read_back[:3] == [bytes(piece) for piece in given]
    assert read_back[3] == b""


def test_a_zstd_frame_asks_for_no_more_memory_than_clients_must_allow() -> None:
    [coding] = [each for each in CODINGS if each.name == "zstd"]
    compressor = coding.begin()
    frame = compressor.compress(bytes(2**24)) + compressor.flush(coding.push)
    has_size, is_single = frame[4] >> 6, frame[4] >> 5 & 1
    assert (has_size, is_single) == (0, 0)  # else the byte that follows is not the window's
    exponent, mantissa = frame[5] >> 3, frame[5] & 7
    assert (1 << 10 + exponent) * (8 + mantissa) // 8 <= 8 * 2**20  # RFC 8878, 3.1.1.1.2; RFC 9659
