"""Programs that people load data sets with, as they are, and a service as an operator starts it."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import digitgan
from tests.processes import PATIENCE_S, serving
from tests.programs import skip_without
from tests.recorder import Recorder, recording

COUNT = 3000  # three groups of a Parquet file
SPEC = f"model-digits,version-1,count-{COUNT},seed-0"

Load = Callable[..., Any]


@pytest.fixture(scope="session")
def loaders() -> Path:
    """Return the folder of the environment with the loaders."""
    return Path(skip_without("mlcroissant", shows="that common programs load data sets by their addresses")).parents[1]


@pytest.fixture(scope="session")
def proxy() -> Iterator[Recorder]:
    """Yield a recording proxy in front of a service."""
    with serving("--threads", "1") as service, recording(service.url) as recorder:
        yield recorder


@pytest.fixture
def address(proxy: Recorder) -> str:
    """Return the address of a data set at the proxy, which has recorded nothing yet."""
    proxy.clear()
    return f"{proxy.url}/datasets/{SPEC}"


@pytest.fixture(scope="session")
def images() -> NDArray[np.uint8]:
    """Return the images of the data set: uint8 (N, 28, 28). Image i has label i modulo 10 and seed i."""
    return np.stack([image for image, _ in digitgan.Digits(COUNT, threads=1)])


@pytest.fixture
def load(loaders: Path, tmp_path: Path) -> Load:
    """Return a function that runs a program and returns what it prints as JSON on its last line.

    The program is Python of the environment with the loaders; it has `address` and what else is given as variables.
    """

    def run(program: str, **variables: str) -> Any:
        head = "".join(f"{name} = {value!r}\n" for name, value in variables.items())
        return json.loads(execute(loaders / "bin" / "python", head + program, tmp_path).splitlines()[-1])

    return run


def execute(python: Path | str, program: str, folder: Path, **more: str) -> str:
    """Run a Python program in a folder that is its home, and return what it prints."""
    environment = {**os.environ, "HOME": str(folder), "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1", **more}
    command = [str(python), "-c", program]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert ended.returncode == 0, f"{program}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


# The compiled operators need a torch for CUDA, so the two that torchvision names when it is imported are declared.
_OPERATORS = """
import torch
for name in ("nms", "qnms"):
    torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


@pytest.fixture(scope="session")
def torchvision(loaders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the module path of this Python, which has torch and thereby gets torchvision."""
    folder = tmp_path_factory.mktemp("torchvision")
    [package] = loaders.glob("lib/python*/site-packages/torchvision")
    (folder / "torchvision").symlink_to(package)
    (folder / "sitecustomize.py").write_text(_OPERATORS)
    return folder


def install_httpfs(loaders: Path, home: Path) -> None:
    """Put DuckDB's extension for addresses where `INSTALL httpfs` puts it, which fetches it from the internet."""
    [extensions] = loaders.glob("lib/python*/site-packages/duckdb_extension_httpfs/extensions")
    [file] = extensions.glob("*/httpfs.duckdb_extension")
    platform = subprocess.run(
        [loaders / "bin" / "python", "-c", "import duckdb; print(duckdb.sql('PRAGMA platform').fetchall()[0][0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    target = home / ".duckdb" / "extensions" / file.parent.name / platform.stdout.strip() / file.name
    target.parent.mkdir(parents=True)
    target.symlink_to(file)
