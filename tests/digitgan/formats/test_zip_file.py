"""Knows what any unzipper must read. Does not know pictures."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.zip_file import ZipFile

NAMES = st.text("abcdefghij0123456789/_.-", min_size=1).filter(lambda name: not name.startswith("/"))


def zipped(files: dict[str, bytes]) -> bytes:
    archive = ZipFile()
    return b"".join(archive.add(name, content) for name, content in files.items()) + b"".join(archive.end())


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=10))
def test_the_standard_library_reads_back_what_was_stored(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == files
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.external_attr >> 16 == 0o100644


def test_more_entries_than_the_plain_end_can_count_are_read_back() -> None:
    n = 2**16
    content = zipped({str(i): b"x" for i in range(n)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == n
        assert archive.read(str(n - 1)) == b"x"
