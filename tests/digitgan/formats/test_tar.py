"""What the standard library reads in tar archives."""

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats import tar

NAMES = st.text("abcdefghij0123456789/_.-", min_size=1, max_size=90).filter(lambda name: name.strip("/.") == name)


@given(st.dictionaries(NAMES, st.binary(max_size=1_500), max_size=6))
def test_standard_library_reads_what_was_stored(files: dict[str, bytes]) -> None:
    content = b"".join(tar.member(name, each) for name, each in files.items()) + tar.END
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {each.name: archive.extractfile(each) for each in archive}
        assert {name: file and file.read() for name, file in found.items()} == files


def test_file_has_no_owner_and_no_time() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar.member("a", b"b") + tar.END)) as archive:
        file = archive.getmember("a")
    assert (file.uid, file.uname, file.mtime) == (0, "", 0)
