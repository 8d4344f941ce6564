"""Manipulated PNG files of the service: each is refused, or described in a harmless way.

`fuzz_inspection` searches for longer, guided by code coverage.
"""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.png.texts import read
from service.cli.inspection import parse
from tests.faults.png_files import FIELDS, SIGNATURE, Chunk, check, chunks, png, write_ours

MANY = settings(max_examples=300, deadline=None)
Change = Callable[[Chunk], list[Chunk]]  # what replaces a chunk


def compressed_text(kind: bytes, n: int) -> Chunk:
    """Return a compressed text of n characters that takes little space."""
    head = b"digitgan:seeds\0" + (b"\0" if kind == b"zTXt" else b"\1\0\0\0")
    return kind, head + zlib.compress(b"7" * n)


u32 = st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(0, 2**32 - 1)
kinds = st.sampled_from([b"IHDR", b"IDAT", b"IEND", b"tEXt", b"zTXt", b"iTXt", b"acTL", b"tEXT", b"\0\0\0\0"])
sizes = st.tuples(u32, u32).map(lambda size: (b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)))
bombs = st.builds(compressed_text, st.sampled_from([b"zTXt", b"iTXt"]), st.sampled_from([0, 10**6]))
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-1, 2**70) | st.text("07 '\"$`\x1b\x9b\u202e", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
).map(lambda value: json.dumps(value).encode())
fields = st.builds(
    lambda name, value: (b"tEXt", f"digitgan:{name}\0".encode() + value), st.sampled_from(sorted(FIELDS)), values
)
added = st.tuples(kinds, st.binary(max_size=40)) | sizes | bombs | fields
changes: st.SearchStrategy[Change] = st.one_of(
    st.just(lambda chunk: []),
    st.just(lambda chunk: [chunk, chunk]),
    added.map(lambda new: lambda chunk: [new]),
    added.map(lambda new: lambda chunk: [chunk, new]),
    st.binary(max_size=40).map(lambda body: lambda chunk: [(chunk[0], body)]),
    kinds.map(lambda kind: lambda chunk: [(kind, chunk[1])]),
)
places = st.integers(0, 99)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return files that the service wrote."""
    return [file.read_bytes() for file in write_ours(tmp_path_factory.mktemp("ours"))]


def test_own_files_pass_and_survive_splitting_and_joining(ours: list[bytes]) -> None:
    for content in ours:
        assert check(content)
        assert png(chunks(content)) == content


@MANY
@given(st.sampled_from(range(3)), st.lists(st.tuples(places, changes), min_size=1, max_size=4))
def test_file_with_changed_chunks_is_refused_or_harmless(
    ours: list[bytes], which: int, made: list[tuple[int, Change]]
) -> None:
    parts = list(chunks(ours[which]))
    for place, change in made:
        at = place % max(1, len(parts))
        parts[at : at + 1] = [new for chunk in parts[at : at + 1] for new in change(chunk)]
    check(png(parts))


@MANY
@given(st.sampled_from(range(3)), places, u32, u32)
def test_wrong_length_or_checksum_is_refused(
    ours: list[bytes], which: int, place: int, length: int, checksum: int
) -> None:
    content = ours[which]
    parts = list(chunks(content))
    starts = list(accumulate((12 + len(body) for _, body in parts), initial=len(SIGNATURE)))
    start, end = starts[at := place % len(parts)], starts[at + 1]
    if length != len(parts[at][1]):
        assert not check(content[:start] + length.to_bytes(4, "big") + content[start + 4 :])
    if (wrong := checksum.to_bytes(4, "big")) != content[end - 4 : end]:
        assert not check(content[: end - 4] + wrong + content[end:])


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_compression_bomb_is_not_expanded(ours: list[bytes], kind: bytes) -> None:
    header, *rest = chunks(ours[0])
    content = png([header, compressed_text(kind, 50_000_000), *rest])
    tracemalloc.start()
    try:
        assert parse("it", read(content)).fields["digits"] == "7"
        assert tracemalloc.get_traced_memory()[1] < 10 * len(content)
    finally:
        tracemalloc.stop()


def test_picture_that_claims_to_be_huge_takes_no_memory(ours: list[bytes]) -> None:
    (kind, header), *rest = chunks(ours[0])
    content = png([(kind, struct.pack(">II", 2**31 - 1, 2**31 - 1) + header[8:]), *rest])
    assert parse("it", read(content)).png.width == 2**31 - 1
