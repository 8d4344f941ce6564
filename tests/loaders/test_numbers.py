"""Readers of labelled data, unmodified, on the files of data sets of numbers."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.loaders.conftest import Load
from tests.processes import ROOT

pytestmark = pytest.mark.slow

COUNT = 40


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the same numbers in several formats."""
    folder = tmp_path_factory.mktemp("numbers")
    spec = ["--pattern", "dd/mm/yyyy", "--count", str(COUNT), "--height", "32"]
    for name in ("numbers.parquet", "numbers.tar", "numbers.zip"):
        command = [sys.executable, "-m", "digitgan", "dataset", "numbers", *spec, "-o", str(folder / name)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def expected(files: Path) -> list[list[Any]]:
    """Return text, seed, glyphs and the digest of the pixels of each number, as the plain files have them."""
    with zipfile.ZipFile(files / "numbers.zip") as archive:
        rows = [json.loads(line) for line in archive.read("labels.jsonl").splitlines()]
        pixels = [np.asarray(Image.open(io.BytesIO(archive.read(row["file"])))).tobytes() for row in rows]
    assert len(rows) == COUNT
    return [
        [row["text"], row["seed"], row["glyphs"], hashlib.sha256(each).hexdigest()]
        for row, each in zip(rows, pixels, strict=True)
    ]


@pytest.mark.parametrize("is_streaming", [False, True])
def test_datasets_loads_numbers_from_parquet(load: Load, files: Path, expected: Any, is_streaming: bool) -> None:
    program = f"""
import hashlib, json
from datasets import Image, load_dataset
data = load_dataset("parquet", data_files=f"{{folder}}/numbers.parquet", split="train", streaming={is_streaming})
assert isinstance(data.features["image"], Image)
rows = [[r["text"], r["seed"], r["glyphs"], hashlib.sha256(r["image"].tobytes()).hexdigest()] for r in data]
print(json.dumps(rows))
"""
    assert load(program, folder=str(files)) == expected


def test_datasets_loads_numbers_from_webdataset(load: Load, files: Path, expected: Any) -> None:
    program = """
import hashlib, json
from datasets import load_dataset
data = load_dataset("webdataset", data_files=f"{folder}/numbers.tar", split="train")
assert all(row["txt"] == row["json"]["text"] for row in data)
labels = ("text", "seed", "glyphs")
rows = [[*(row["json"][k] for k in labels), hashlib.sha256(row["png"].tobytes()).hexdigest()] for row in data]
print(json.dumps(rows))
"""
    assert load(program, folder=str(files)) == expected


def test_tables_of_numbers_are_read_by_all_programs(load: Load, files: Path, expected: Any) -> None:
    program = """
import json
import duckdb, pandas, polars
file = f"{folder}/numbers.parquet"
columns = ["text", "seed", "glyphs"]
print(json.dumps([
    [list(row) for row in duckdb.sql(f"SELECT text, seed, glyphs FROM '{file}'").fetchall()],
    [list(row) for row in polars.read_parquet(file).select(columns).iter_rows()],
    json.loads(pandas.read_parquet(file)[columns].to_json(orient="values")),
], default=list))
"""
    assert load(program, folder=str(files)) == [[row[:3] for row in expected]] * 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the same distorted numbers in several formats, with masks."""
    folder = tmp_path_factory.mktemp("numbers")
    command = [sys.executable, "-m", "digitgan", "dataset", "numbers", "--pattern", "[1,000.00-9,999.99]"]
    looks = ["--count", "20", "--height", "32", "--masks", "--distortions", "askew,paper"]
    for target in ("files/", "coco/", "numbers.tar"):
        format = ["--format", target[:-1]] if target.endswith("/") else []
        subprocess.run([*command, *looks, *format, "-o", f"{folder}/{target}"], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def labels(folder: Path) -> list[dict[str, Any]]:
    """Return the labels that each program must find."""
    return [json.loads(line) for line in (folder / "files" / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


def test_pycocotools_finds_boxes_masks_and_texts(load: Load, folder: Path, labels: list[Any]) -> None:
    program = """
import json
from pycocotools.coco import COCO

coco = COCO(f"{folder}/coco/annotations.json")
print()
print(json.dumps([
    {
        "text": image["text"],
        "glyphs": [(coco.cats[each["category_id"]]["name"], each["bbox"]) for each in coco.imgToAnns[image["id"]]],
        "areas": [(each["area"], int(coco.annToMask(each).sum())) for each in coco.imgToAnns[image["id"]]],
    }
    for image in coco.loadImgs(coco.getImgIds())
]))
"""
    found = load(program, folder=str(folder))
    assert [each["text"] for each in found] == [each["text"] for each in labels]
    for image, label in zip(found, labels, strict=True):
        assert image["glyphs"] == [[glyph["text"], glyph["box"]] for glyph in label["glyphs"]]
        assert all(area == covered > 0 for area, covered in image["areas"])


def test_webdataset_finds_pictures_texts_and_boxes(load: Load, folder: Path, labels: list[Any]) -> None:
    program = """
import json
import webdataset

samples = webdataset.WebDataset(f"{folder}/numbers.tar", shardshuffle=False).decode("pil")
samples = samples.to_tuple("png", "txt", "json")
print(json.dumps([(image.size, text, about) for image, text, about in samples]))
"""
    found = load(program, folder=str(folder))
    assert found == [
        [[each["width"], each["height"]], each["text"], {name: each[name] for name in each if name != "file"}]
        for each in labels
    ]
