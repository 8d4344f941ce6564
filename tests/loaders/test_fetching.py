"""Programs that fetch the files of data sets, and continue where they were cut off."""

import gzip
import hashlib
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.loaders.conftest import COUNT, SPEC
from tests.programs import needs
from tests.recorder import Recorder

pytestmark = pytest.mark.slow

Images = NDArray[np.uint8]
IMAGES = "train-images-idx3-ubyte"


def run(*command: str, folder: Path, status: int = 0) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == status, ended.stderr
    return ended.stdout


def idx(images: Images) -> bytes:
    return struct.pack(">IIII", 0x803, *images.shape) + images.tobytes()


@needs("wget", shows="that wget continues a file that was cut off")
@pytest.mark.parametrize("spec", [SPEC, f"count-{COUNT}"], ids=["canonical", "redirected"])
def test_wget_continues_a_file_that_was_cut_off(
    address: str, proxy: Recorder, images: Images, tmp_path: Path, spec: str
) -> None:
    url = f"{proxy.url}/datasets/{spec}/{IMAGES}"
    proxy.cuts = [1_000_001]
    run("wget", "--quiet", "--tries=1", url, folder=tmp_path, status=4)
    assert (tmp_path / IMAGES).stat().st_size == 1_000_001
    run("wget", "--quiet", "--continue", "--tries=1", url, folder=tmp_path)
    assert (tmp_path / IMAGES).read_bytes() == idx(images)
    answers = [(each.range, each.status) for each in proxy.exchanges if each.status != 307]
    assert answers == [("", 200), ("bytes=1000001-", 206)]


@needs("curl", shows="that curl fetches parts of files")
def test_curl_fetches_parts_and_continues(address: str, proxy: Recorder, images: Images, tmp_path: Path) -> None:
    whole = idx(images)
    for given, part in (("784016-785599", whole[784016:785600]), ("-784", whole[-784:]), ("2352000-", whole[2352000:])):
        run("curl", "-sSf", "-r", given, "-o", "part", f"{address}/{IMAGES}", folder=tmp_path)
        assert (tmp_path / "part").read_bytes() == part
    assert proxy.n_bytes == 1584 + 784 + 16
    (tmp_path / "file").write_bytes(whole[:500_000])
    run("curl", "-sSf", "-C", "-", "-o", "file", f"{address}/{IMAGES}", folder=tmp_path)
    assert (tmp_path / "file").read_bytes() == whole


@needs("wget", shows="that sha256sum checks what wget has fetched")
def test_sha256sum_checks_all_files(address: str, images: Images, tmp_path: Path) -> None:
    run("wget", "--quiet", f"{address}/SHA256SUMS", folder=tmp_path)
    names = [line.split("  ")[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    assert {IMAGES, f"{IMAGES}.gz", "images.npy", "labels.npy", "data.parquet"} < {*names}
    run("wget", "--quiet", *(f"{address}/{name}" for name in names), folder=tmp_path)
    assert run("sha256sum", "--check", "--strict", "SHA256SUMS", folder=tmp_path).splitlines() == [
        f"{name}: OK" for name in names
    ]
    assert gzip.decompress((tmp_path / f"{IMAGES}.gz").read_bytes()) == idx(images)
    assert len((tmp_path / "t10k-labels-idx1-ubyte").read_bytes()) == 8 + COUNT // 6
    (tmp_path / "labels.npy").unlink()
    run("sha256sum", "--check", "--quiet", "--ignore-missing", "SHA256SUMS", folder=tmp_path)
    assert hashlib.sha256(idx(images)).hexdigest() in (tmp_path / "SHA256SUMS").read_text()
