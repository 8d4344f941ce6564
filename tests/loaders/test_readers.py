"""Readers of data sets, unmodified, on the addresses of a real service."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.loaders.conftest import COUNT, Load, execute, install_httpfs
from tests.recorder import Recorder

pytestmark = pytest.mark.slow

Images = NDArray[np.uint8]

_PIXELS = """
import io, hashlib, json
from PIL import Image

def digest(files):
    return hashlib.sha256(b"".join(Image.open(io.BytesIO(file)).tobytes() for file in files)).hexdigest()
"""


def digest(images: Images) -> str:
    return hashlib.sha256(images.tobytes()).hexdigest()


def labels(start: int = 0, stop: int = COUNT) -> list[int]:
    return [i % 10 for i in range(start, stop)]


def test_torchvision_reads_the_files_as_mnist(address: str, images: Images, torchvision: Path, tmp_path: Path) -> None:
    """The checksums in its class are those of MNIST, so files that it fetches itself need a class with others."""
    program = f"""
import hashlib, os, urllib.request
from torchvision.datasets import MNIST

names = [f"{{part}}-{{name}}-ubyte" for part in ("train", "t10k") for name in ("images-idx3", "labels-idx1")]
os.makedirs("data/MNIST/raw")
for name in names:
    urllib.request.urlretrieve(f"{address}/{{name}}", f"data/MNIST/raw/{{name}}")

class Digits(MNIST):
    mirrors = ["{address}/"]
    resources = [(f"{{name}}.gz", None) for name in names]

train, test, same = MNIST("data", train=True), MNIST("data", train=False), Digits("fetched", download=True)
image, label = train[7]
print(len(train), len(test), image.size, label)
for data in (train, same):
    print(hashlib.sha256(data.data.numpy().tobytes()).hexdigest(), data.targets.tolist() == {labels()})
"""
    printed = execute(sys.executable, program, tmp_path, PYTHONPATH=str(torchvision))
    assert printed.splitlines()[-3:] == [f"{COUNT} {COUNT // 6} (28, 28) 7", *[f"{digest(images)} True"] * 2]


def test_numpy_reads_arrays(load: Load, address: str, images: Images) -> None:
    program = """
import hashlib, io, json, urllib.request
import numpy as np

def fetch(name):
    with urllib.request.urlopen(f"{address}/{name}") as file:
        return np.load(io.BytesIO(file.read()))

images, labels = fetch("images.npy"), fetch("labels.npy")
print(json.dumps([images.shape, hashlib.sha256(images.tobytes()).hexdigest(), labels.tolist()]))
"""
    assert load(program, address=address) == [[COUNT, 28, 28], digest(images), labels()]


def test_pandas_reads_parquet(load: Load, address: str, images: Images) -> None:
    program = f"""{_PIXELS}
import pandas as pd
table = pd.read_parquet(f"{{address}}/data.parquet")
files = [image["bytes"] for image in table["image"]]
print(json.dumps([list(table.columns), digest(files), table["label"].tolist(), table["seed"].tolist()]))
"""
    expected = [["image", "label", "seed"], digest(images), labels(), [*range(COUNT)]]
    assert load(program, address=address) == expected


def test_polars_reads_parquet_and_fetches_only_what_a_query_needs(
    load: Load, address: str, images: Images, proxy: Recorder
) -> None:
    program = f"""{_PIXELS}
import polars as pl
table = pl.scan_parquet(f"{{address}}/data.parquet")
found = table.filter(pl.col("seed") == 1234).collect()
files = found["image"].struct.field("bytes")
print(json.dumps([table.collect_schema().names(), digest(files), found["label"].to_list()]))
"""
    assert load(program, address=address) == [["image", "label", "seed"], digest(images[1234]), [4]]
    assert {each.status for each in proxy.exchanges} == {206}
    assert proxy.n_bytes < COUNT * 900 / 2, "one group of three, and the end of the file"


def test_duckdb_asks_for_ranges_of_parquet(
    load: Load, address: str, images: Images, proxy: Recorder, loaders: Path, tmp_path: Path
) -> None:
    install_httpfs(loaders, tmp_path)
    program = f"""{_PIXELS}
import duckdb
table = f"read_parquet('{{address}}/data.parquet')"
columns = [row[0] for row in duckdb.sql(f"DESCRIBE FROM {{table}}").fetchall()]
counts = duckdb.sql(f"SELECT label, count(*) FROM {{table}} GROUP BY label ORDER BY label").fetchall()
one = duckdb.sql(f"SELECT label, image.bytes FROM {{table}} WHERE seed = 1234").fetchall()
print(json.dumps([columns, counts, [label for label, _ in one], digest([image for _, image in one])]))
"""
    counts = [[label, COUNT // 10] for label in range(10)]
    result = load(program, address=address)
    assert result == [["image", "label", "seed"], counts, [4], digest(images[1234])]
    gets = [each for each in proxy.exchanges if each.method == "GET"]
    assert {each.status for each in gets} == {206}
    assert all(each.range for each in gets)
    # One of three groups has the image, and the labels of all are a hundredth of the file.
    assert proxy.n_bytes < COUNT * 900 / 2


@pytest.mark.parametrize("is_streaming", [False, True])
def test_datasets_loads_images_and_classes(
    load: Load, address: str, images: Images, proxy: Recorder, is_streaming: bool
) -> None:
    program = f"""{_PIXELS}
from datasets import ClassLabel, Image as Pictures, load_dataset
data = load_dataset("parquet", data_files=f"{{address}}/data.parquet", split="train", streaming={is_streaming})
assert isinstance(data.features["image"], Pictures)
assert data.features["label"].names == [str(i) for i in range(10)]
pixels, labels, seeds = hashlib.sha256(), [], []
for row in data:
    pixels.update(row["image"].tobytes())
    labels.append(row["label"])
    seeds.append(row["seed"])
print(json.dumps([pixels.hexdigest(), labels, seeds]))
"""
    assert load(program, address=address) == [digest(images), labels(), [*range(COUNT)]]
    if is_streaming:
        assert any(each.range for each in proxy.exchanges)


def test_mlcroissant_validates_the_description_and_reads_records(load: Load, address: str, images: Images) -> None:
    program = """
import hashlib, json
import mlcroissant
data = mlcroissant.Dataset(f"{address}/croissant.json")
issues = data.metadata.ctx.issues
[records] = data.metadata.record_sets
pixels, labels, seeds = hashlib.sha256(), [], []
for row in data.records(records.id):
    image, label, seed = (row[f"{records.id}/{name}"] for name in ("image", "label", "seed"))
    pixels.update(image.tobytes())
    labels.append(label)
    seeds.append(seed)
found = [sorted(issues.errors), sorted(issues.warnings), str(data.metadata.conforms_to)]
print(json.dumps([*found, pixels.hexdigest(), labels, seeds]))
"""
    errors, warnings, version, *rows = load(program, address=address)
    assert (errors, warnings) == ([], [])
    assert "1.1" in version.replace("_", ".")
    assert rows == [digest(images), labels(), [*range(COUNT)]]


def test_addresses_that_are_not_canonical_lead_to_those_that_are(
    load: Load, proxy: Recorder, loaders: Path, tmp_path: Path
) -> None:
    install_httpfs(loaders, tmp_path)
    program = """
import json
import duckdb, pandas, polars
from datasets import load_dataset
file = f"{address}/data.parquet"
print(json.dumps([
    duckdb.sql(f"SELECT sum(label) FROM '{file}'").fetchall()[0][0],
    int(pandas.read_parquet(file)["label"].sum()),
    polars.scan_parquet(file).select("label").collect()["label"].sum(),
    sum(load_dataset("parquet", data_files=file, split="train")["label"]),
]))
"""
    found: Any = load(program, address=f"{proxy.url}/datasets/seed-5,count-1200")
    assert found == [sum(labels(0, 1200))] * 4
