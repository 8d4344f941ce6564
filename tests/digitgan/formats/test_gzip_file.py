"""Knows what any gunzip must read. Does not know what is in it."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.gzip_file import GzipFile, frame_size, stored_size


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8))
def test_the_standard_library_reads_back_what_was_stored_in_the_size_that_was_said(contents: list[bytes]) -> None:
    file = GzipFile()
    stored = file.begin() + b"".join(file.add(content) for content in contents) + file.end()
    assert gzip.decompress(stored) == b"".join(contents)
    assert len(stored) == frame_size() + sum(stored_size(len(content)) for content in contents)


def test_what_is_larger_than_a_block_is_stored_in_several() -> None:
    content = bytes(range(256)) * 600
    file = GzipFile()
    assert gzip.decompress(file.begin() + file.add(content) + file.end()) == content
