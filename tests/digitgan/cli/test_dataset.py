"""What `dataset` prints, and that its files have the bytes that HTTP answers with."""

import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.cli.tree import main
from training.images.idx import read_idx


def body_of(service: httpx.Client, path: str, accept: str, **body: Any) -> bytes:
    answer = service.post(path, json=body, headers={"accept": accept, "accept-encoding": "identity"})
    return answer.raise_for_status().content


def test_dataset_makes_the_bytes_of_the_http_answer(
    service: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "digits.tar"
    assert main(["dataset", "--count", "60", "--labels", "mnist", "-o", str(file)]) == 0
    assert file.read_bytes() == body_of(service, "/dataset", "application/x-tar", count=60, labels="mnist")
    capsys.readouterr()
    assert main(["dataset", "--count", "600", "--seed", "5", "-o", str(file), "--json"]) == 0
    assert file.read_bytes() == body_of(service, "/dataset", "application/x-tar", count=600, seed=5)
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "model": "digits",
        "version": "1",
        "seed": 5,
        "count": 600,
        "format": "idx",
        "media_type": "application/x-tar",
        "size_bytes": file.stat().st_size,
        "file": str(file),
    }


@pytest.mark.parametrize(("packing", "accept"), [("idx", "application/x-tar"), ("folders", "application/zip")])
def test_folder_holds_the_files_of_the_archive(
    service: httpx.Client, tmp_path: Path, packing: str, accept: str
) -> None:
    folder = tmp_path / "out"
    assert main(["dataset", "--count", "30", "--format", packing, "-o", f"{folder}/"]) == 0
    packed = io.BytesIO(body_of(service, "/dataset", accept, count=30))
    there: dict[str, bytes]
    if packing == "idx":
        with tarfile.open(fileobj=packed) as tar:
            there = {each.name: tar.extractfile(each).read() for each in tar.getmembers()}  # type: ignore[union-attr]
        assert len(read_idx(folder / "train-images-idx3-ubyte.gz")) == 30
    else:
        with zipfile.ZipFile(packed) as archive:
            there = {name: archive.read(name) for name in archive.namelist()}
    made = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert made == there
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_parquet_folder_holds_one_file_of_all_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main(["dataset", "--count", "20", "--format", "parquet", "-o", str(tmp_path / "out")]) == 0
    assert parquet.read_table(tmp_path / "out" / "train.parquet")["label"].to_pylist() == [*range(10)] * 2


def test_labels_of_mnist_give_the_bytes_of_the_http_answer(
    service: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "digits.tar"
    assert main(["dataset", "--count", "300", "--labels", "mnist", "-o", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == "mnist"
    assert file.read_bytes() == body_of(service, "/dataset", "application/x-tar", count=300, labels="mnist")


def test_chosen_images_are_counted_and_have_the_bytes_of_the_http_answer(
    service: httpx.Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hard.zip"
    arguments = ["dataset", "--count", "300", "--verified", "--difficulty", "2", "-o", str(file)]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    selected = told["selected"]
    assert (told["verified"], told["difficulty"], selected["images"]) == (True, 2, 300)
    assert selected["candidates"] >= 600
    with zipfile.ZipFile(file) as archive:
        seeds = [int(Path(name).stem) for name in archive.namelist()]
    assert sum(seed != i for i, seed in enumerate(seeds)) == selected["later"] > 100
    before = candidates(service)
    body = body_of(service, "/dataset", "application/zip", count=300, verified=True, difficulty=2)
    assert body == file.read_bytes()
    made = {outcome: n - before[outcome] for outcome, n in candidates(service).items()}
    assert (made["later"], made["refused"]) == (selected["later"], selected["refused"])
    assert sum(made.values()) == selected["candidates"]
    file.unlink()
    assert main(arguments) == 0
    refused, n = f"{selected['refused']} of {selected['candidates']} candidates", selected["later"]
    told = f"digitgan: {n} of 300 images are not their first candidate; the judge refused {refused}\n"
    assert capsys.readouterr() == (f"{file}\n", told)


def candidates(service: httpx.Client) -> dict[str, int]:
    """Return how many candidates the service has made of `digits`, by outcome."""
    counts = r'^digitgan_candidates_total{model="digits",outcome="(\w+)",version="1".*} (\d+)'
    return {outcome: int(n) for outcome, n in re.findall(counts, service.get("/metrics").text, re.MULTILINE)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["dataset", "--count", "10", "--difficulty", "17", "-o", "out"],
            "--difficulty: '17' is not an integer",
        ),
        (["dataset", "--count", "10", "--verified", "--hand", "h" + "A" * 86, "-o", "out"], "--verified: all candida"),
        (["dataset", "--count", "10"], "-o is required"),
        (["dataset", "-o", "out"], "--count is required"),
        (["dataset", "--count", "0", "-o", "out"], "--count: '0' is not an integer from 1 to"),
        (["dataset", "--count", "100001", "-o", "out"], "--count: 100,001 images; at most 100,000"),
        (["dataset", "--count", "10", "--model", "mlp", "-o", "out"], "--model: model 'mlp' has no classes"),
        (["dataset", "--count", "10", "-o", "out.rar"], r"suffixes \.zip, \.tar, \.parquet"),
        (
            ["dataset", "--count", "10", "-o", "o.zip", "--format", "idx"],
            r"-o o.zip: idx takes a file .* \.tar",
        ),
        (["dataset", "--count", "10", "-o", "tests"], "the folder tests is not empty"),
        (["dataset", "--count", "10", "-o", "README.md/"], "README.md is a file, not a folder"),
    ],
)
def test_impossible_request_is_a_usage_error_that_names_the_option(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status = main(arguments)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert re.search(message, printed.err), printed.err
