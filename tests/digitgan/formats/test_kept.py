"""Knows what is kept comes back. Does not know what it is for."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.kept import Kept


@given(st.lists(st.binary(max_size=100)))
def test_all_that_was_added_comes_back_in_order_with_its_size_and_checksum(texts: list[bytes]) -> None:
    kept = Kept()
    for text in texts:
        kept.add(text)
    whole = b"".join(texts)
    assert (kept.size, kept.checksum) == (len(whole), zlib.crc32(whole))
    assert b"".join(kept.pieces()) == whole


def test_megabytes_come_back_in_pieces_of_64_kib_at_most() -> None:
    kept = Kept()
    for number in range(200_000):
        kept.add(b"%d," % number)
    pieces = list(kept.pieces())
    assert max(map(len, pieces)) <= 2**16
    assert b"".join(pieces) == b"".join(b"%d," % number for number in range(200_000))
