"""Training works from an installed package, away from the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
from pathlib import Path
import training
from training import data
from training.metrics.judge import GUARDING, SELECTING, load_judge

assert Path.cwd() in Path(training.__file__).parents, training.__file__
sample = data.load("sample")
for name in (SELECTING, GUARDING):
    assert (load_judge(name).read(sample.test_images[:50]).labels == sample.test_labels[:50]).mean() > 0.9
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the tracked files, without the compiled modules, which are optional."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name.startswith(("digitgan/", "service/", "training/", "pyproject.toml", "README.md", "LICENSE")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", target, source], env=os.environ | {"CC": "false"}, check=True)
    [path] = target.glob("*.whl")
    return path


def test_wheel_holds_every_file_of_the_training_package(wheel: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "training"], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(wheel) as archive:
        members = set(archive.namelist())
    assert set(tracked.stdout.splitlines()) - members == set()


def test_sample_and_judges_are_found_in_an_installed_package(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MNIST_DIR")}
    command = [sys.executable, "-P", "-c", PROGRAM]
    subprocess.run(command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(tmp_path)}, check=True)
