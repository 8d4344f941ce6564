import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from training.errors import DataRefused
from training.images import trees
from training.images.trees import FileTree, FolderTree, StoredFile, opened_archive, unpacked

FILES = {"a/1.txt": b"one", "a/b/2.txt": b"two" * 9999, "3.txt": b""}


def write_tar(path: Path, files: dict[str, bytes]) -> None:
    """Write a tar archive, gzipped if its name ends with z."""
    with tarfile.open(path, "w:gz" if path.suffix.endswith("z") else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def check(tree: FileTree) -> None:
    assert tree.folders() == ["a"]
    assert tree.folders("a") == ["b"]
    assert [file.name for file in tree.files("a")] == ["1.txt"]
    assert {"/".join(file.parts): file.read(10**6) for file in tree.walk()} == FILES
    assert sorted(file.name for file in tree.walk("a")) == ["1.txt", "2.txt"]


def test_folder_lists_its_files_and_folders(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    check(FolderTree(tmp_path))


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz", "x"])
def test_archive_is_recognised_by_its_content(name: str, tmp_path: Path) -> None:
    (write_zip if name in ("x.zip", "x") else write_tar)(tmp_path / name, FILES)
    with opened_archive(tmp_path / name) as tree:
        check(tree)


def test_only_folder_of_an_archive_is_its_top(tmp_path: Path) -> None:
    inside = {f"top/{name}": content for name, content in FILES.items()} | {"__MACOSX/._top": b""}
    write_zip(tmp_path / "x.zip", inside)
    with opened_archive(tmp_path / "x.zip") as tree:
        check(tree)
    with opened_archive(tmp_path / "x.zip", kept=frozenset(["top"])) as tree:
        assert tree.folders("top") == ["a"]


def test_links_are_followed_and_what_is_no_file_is_listed_apart(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "x").write_bytes(b"x")
    (tmp_path / "folder" / "again").symlink_to(tmp_path / "folder" / "inner")
    (tmp_path / "folder" / "broken").symlink_to("nothing")
    os.mkfifo(tmp_path / "folder" / "pipe")
    tree = FolderTree(tmp_path / "folder")
    assert sorted(file.parts for file in tree.walk()) == [("again", "x"), ("inner", "x")]
    assert sorted(tree.irregular) == ["broken", "pipe"]


def test_links_in_archives_are_listed_apart(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        member = tarfile.TarInfo("a/link.png")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(member)
    with opened_archive(tmp_path / "x.tar") as tree:
        assert list(tree.walk()) == []
        assert list(tree.irregular) == ["a/link.png"]


def test_link_to_a_folder_above_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to("..")
    with pytest.raises(DataRefused, match=r"inner/up: is a link to a folder that contains it"):
        list(FolderTree(tmp_path).walk())


def test_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MOST_FILES", 2)
    write_tar(tmp_path / "x.tar", FILES)
    write_zip(tmp_path / "x.zip", FILES)
    for name in ("x.tar", "x.zip"):
        with pytest.raises(DataRefused, match="contains more than 2 files"), opened_archive(tmp_path / name):
            pass
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(DataRefused, match="contains more than 2 files"):
        list(FolderTree(tmp_path).walk())


def test_member_is_unpacked_no_further_than_allowed(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"a": bytes(2**26)})
    with opened_archive(tmp_path / "x.zip") as tree:
        (file,) = tree.walk()
        tracemalloc.start()
        with pytest.raises(DataRefused, match=r"x\.zip/a: has more than 1,000 bytes"):
            file.read(1000)
        assert tracemalloc.get_traced_memory()[1] < 2**20
        tracemalloc.stop()


def refused(path: Path, match: str) -> None:
    """Open an archive and read all of it, in a mebibyte."""
    tracemalloc.start()
    with pytest.raises(DataRefused, match=match) as error, opened_archive(path) as tree:
        for file in tree.walk():
            file.read(2**40)
    assert str(path) in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_header_of_a_tar_that_states_gigabytes_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**31
    (tmp_path / "x.tgz").write_bytes(gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(2**20)))
    refused(tmp_path / "x.tgz", "is damaged: a header states 2,147,483,648 bytes")


def test_member_that_states_more_than_there_is_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.size = 2**33
    (tmp_path / "x.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**11))
    refused(tmp_path / "x.tar", "cannot be read: it is damaged, ends early")


@pytest.mark.parametrize("name", ["x.zip", "x.tgz"])
def test_truncated_archives_are_refused(name: str, tmp_path: Path) -> None:
    (write_zip if name == "x.zip" else write_tar)(tmp_path / name, {"a": os.urandom(99_999)})
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9000])
    refused(tmp_path / name, "cannot be read: it is damaged, ends early or is encrypted")


def test_encrypted_member_is_refused(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"a": b"a"})
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    refused(tmp_path / "x.zip", "cannot be read: it is damaged, ends early or is encrypted")


def test_stated_size_of_a_zipped_member_costs_nothing(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"a": b"a"})
    content = bytearray((tmp_path / "x.zip").read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 2**31)
    (tmp_path / "x.zip").write_bytes(content)
    tracemalloc.start()
    with opened_archive(tmp_path / "x.zip") as tree:
        assert [file.read(2**40) for file in tree.walk()] == [b"a"]
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_member_without_a_name_is_refused(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"a": b""})
    content = (tmp_path / "x.zip").read_bytes()
    name = content.rindex(b"a")  # in the directory
    (tmp_path / "x.zip").write_bytes(content[:name] + b"\0" + content[name + 1 :])
    refused(tmp_path / "x.zip", "cannot be read: it is damaged, ends early or is encrypted")


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no archive either", mtime=0)])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    refused(tmp_path / "x", "is neither a zip archive nor a tar archive")


def test_gzip_is_recognised_by_its_content(tmp_path: Path) -> None:
    for content in (b"plain", gzip.compress(b"plain")):
        (tmp_path / "x").write_bytes(content)
        with StoredFile.at(tmp_path / "x").open() as file:
            assert unpacked(file).read() == b"plain"
