"""Knows who gets gzip, and that it is gzip. Does not know what is coded."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from service.render.coding import compress, compress_stream, prefers_gzip


@pytest.mark.parametrize(
    ("accept_encoding", "wanted"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("br;q=1, gzip;q=0.1", True),
        ("gzip;q=much", False),
    ],
)
def test_only_who_reads_gzip_gets_it(accept_encoding: str | None, wanted: bool) -> None:
    assert prefers_gzip(accept_encoding) == wanted


def test_what_is_coded_comes_back_and_does_not_hold_the_time() -> None:
    assert gzip.decompress(compress(b"digits" * 100)) == b"digits" * 100
    assert compress(b"digits")[4:8] == bytes(4)


def test_each_piece_of_a_stream_can_be_read_when_it_is_there() -> None:
    given: list[bytes | memoryview] = [b"one", b"", memoryview(b"three" * 1000)]

    async def pieces() -> AsyncIterator[bytes | memoryview]:
        for piece in given:
            yield piece

    async def read() -> list[bytes]:
        reader = zlib.decompressobj(wbits=31)
        return [reader.decompress(piece) async for piece in compress_stream(pieces())]

    read_back = asyncio.run(read())
    assert read_back[:3] == [bytes(piece) for piece in given]
    assert read_back[3] == b""
