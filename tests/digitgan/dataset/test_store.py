"""What object storage is asked for, and which addresses are refused. `tests/cluster` tests it with a real server."""

from pathlib import Path
from time import monotonic

import pytest

from digitgan.dataset.store import SCHEMES, RemoteStore, is_address, open_store
from digitgan.formats.outputs import CannotWrite
from tests.gateway import free_ports

fs = pytest.importorskip("pyarrow.fs")


class Counting(RemoteStore):
    """A folder of this machine by way of pyarrow, and how many bytes were written to it."""

    n_bytes = 0

    def __init__(self, path: Path) -> None:
        super().__init__(fs.LocalFileSystem(), str(path), name=str(path), address=str(path))

    def write(self, name: str, content: bytes) -> None:
        self.n_bytes += len(content)
        super().write(name, content)


def test_appended_lines_are_written_again_only_when_they_are_more_by_a_hundredth(tmp_path: Path) -> None:
    store = Counting(tmp_path)
    for number in range(3000):
        store.append("lines", f"{number:09}\n")
        if number % 100 == 99:
            n_there = (tmp_path / "lines").stat().st_size // 10
            assert n_there >= number * 0.99
    assert store.n_bytes < 150 * 30_000
    again = Counting(tmp_path)
    again.append("lines", "last\n")
    there = (tmp_path / "lines").read_text().splitlines()
    assert there == [f"{number:09}" for number in range(len(there) - 1)] + ["last"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://bucket/folder", f"unknown scheme ftp://; allowed: {', '.join(SCHEMES)}, or the path of a folder"),
        ("file:///folder", "unknown scheme file://"),
        ("s3://bucket", "s3://bucket: must name a folder, as in s3://bucket/folder"),
        ("s3://bucket/?region=x", "s3://bucket: must name a folder"),
        ("s3:///folder", "s3:///folder: Missing bucket name"),
        ("s3://bucket/folder?areas=x", "s3://bucket/folder: Unexpected query parameter in S3 URI: 'areas'"),
    ],
)
def test_address_that_names_no_folder_is_refused(monkeypatch: pytest.MonkeyPatch, address: str, message: str) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CannotWrite) as refused:
        open_store(address)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("text", ["folder", "a/b", "-", "./s3:/x", "C:\\x"])
def test_path_is_no_address(text: str) -> None:
    assert not is_address(text)
    assert is_address("s3://bucket/folder")


def test_server_that_is_not_there_is_named_soon_and_without_secrets() -> None:
    [port] = free_ports(1)
    query = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=x"
    store = open_store(f"s3://key:s%2Fecret@bucket/folder/?{query}")
    assert store.name == "s3://bucket/folder"
    since = monotonic()
    with pytest.raises(CannotWrite) as refused:
        store.start("dataset.json", b"{}")
    assert monotonic() - since < 40
    assert str(refused.value).startswith("s3://bucket/folder: no answer: ")
    assert "secret" not in str(refused.value)


def test_address_for_other_machines_says_where_whatever_their_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    address = open_store("s3://bucket/folder").address
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:10")
    monkeypatch.delenv("AWS_REGION")
    assert address is not None
    system = open_store(address)._system
    assert (system.region, system.__reduce__()[1][0]["endpoint_override"]) == ("eu-north-1", "http://127.0.0.1:9")
