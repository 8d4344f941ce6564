"""Small real trainings that several tests share. A test that writes to a run's folder must copy it first."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from tests.once import made_once
from training import data
from training.data import Dataset
from training.export import export
from training.graphs import parity, speed
from training.metrics.reader_networks import READERS
from training.recipes import digits, mlp
from training.recipes.recipe import TrainingRecipe
from training.run import Options, Run
from training.state import State
from training.teacher import Teacher
from training.trainer import Hook, train
from training.watch.hooks import CheckpointHook, HistoryHook, SheetHook


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def same_random_numbers_in_any_order() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def sample() -> Dataset:
    return data.load("sample")


@pytest.fixture(scope="session")
def teacher(models_dir: Path) -> Teacher:
    """The committed model from which students learn."""
    return Teacher(models_dir / "digits" / "1")


# Each file of tests may run in another process, and in each the recipes take turns, so these are kept in files.
@pytest.fixture(scope="session", params=["mlp", "digits"])
def trained(request: pytest.FixtureRequest, sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of a few iterations for each recipe, with all the files of a run."""
    recipe = {"mlp": mlp.RECIPE, "digits": digits.RECIPE}[request.param]
    return Run(made_once(tmp_path_factory, f"run-{recipe.name}", lambda folder: train_for(recipe, 12, sample, folder)))


@pytest.fixture(scope="session")
def exported(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the version that was exported from the short run."""
    name = str(trained.read()["recipe"]["name"])
    root = made_once(tmp_path_factory, f"exported-{name}", lambda folder: export(trained, folder, "1", judge=None))
    return root / name / "1"


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of `training.metrics.reference` that all tests share; it is safe to be written by several processes."""
    return made_once(tmp_path_factory, "references", Path.mkdir)


@pytest.fixture
def short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a test's own exports measure parity and speed with fewer images; `exported` is measured in full."""
    monkeypatch.setattr(parity, "N_LATENTS", 100)
    monkeypatch.setattr(speed, "_REPEATS", 1)


def short_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each reader of the classifier accuracy score learn from two batches."""
    for name, network in READERS.items():
        monkeypatch.setitem(READERS, name, replace(network, n_steps=2))


def copy_of(run: Run, folder: Path) -> Run:
    """Return a copy of a run with all its files."""
    shutil.copytree(run.folder, folder)
    return Run(folder)


def train_for(recipe: TrainingRecipe, iterations: int, dataset: Dataset, folder: Path, seed: int = 7) -> Run:
    run = Run(folder)
    options = Options(seed=seed, iterations=iterations, budget_s=None, threads=1, data=dataset.name)
    state = State(recipe, dataset, options.seed)
    run.begin(recipe, options, dataset, 0)
    hooks: list[Hook] = [HistoryHook(run, Console(quiet=True)), SheetHook(run), CheckpointHook(run)]
    assert train(state, options.horizon, hooks, lambda: False)
    return run
