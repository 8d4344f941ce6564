import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from training.data import Dataset
from training.errors import RunRefused
from training.recipes import mlp
from training.run import Options, Run, without_places

OPTIONS = Options(seed=1, iterations=10, budget_s=None, threads=1, data="sample")


def test_run_folder_says_what_was_trained_on_what(trained: Run, sample: Dataset) -> None:
    description = trained.read()
    assert description["options"] == {
        "seed": 7,
        "iterations": 12,
        "budget_s": None,
        "threads": 1,
        "data": "sample",
        "judge": None,
        "device": "cpu",
        "processes": 1,
    }
    assert description["data"]["sha256"] == sample.sha256
    assert description["recipe"]["generator"]["style_size"] in (64, 100)
    assert "torch" in description["starts"][0]["software"]


def test_run_folder_holds_a_sheet_and_a_checkpoint(trained: Run) -> None:
    assert [path.name for path in trained.checkpoints.iterdir()] == ["00000012.pt"]
    (sheet,) = trained.sheets.iterdir()
    side = 5 if trained.read()["recipe"]["name"] == "mlp" else 10
    with Image.open(sheet) as picture:
        assert picture.size == (side * 64, side * 64)


@pytest.mark.parametrize("change", ["seed", "recipe"])
def test_resuming_something_else_is_refused_by_name(change: str, sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    recipe = replace(mlp.RECIPE, batch_size=33) if change == "recipe" else mlp.RECIPE
    options = replace(OPTIONS, seed=2) if change == "seed" else OPTIONS
    with pytest.raises(RunRefused, match=rf"another {change} \((batch_size: 32, not 33|1, not 2)\)"):
        run.begin(recipe, options, sample, 0)


def test_resuming_on_other_data_is_refused(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    with pytest.raises(RunRefused, match=r"another data .*sha256"):
        run.begin(mlp.RECIPE, OPTIONS, replace(sample, train_images=sample.train_images[:4000]), 0)


def test_checkpoints_of_which_nothing_says_what_run_they_are_of_are_refused(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(
        RunRefused, match=r"checkpoints: run\.json, which describes the run of these checkpoints, is missing"
    ):
        run.begin(mlp.RECIPE, OPTIONS, sample, 5)
    assert not run.exists


def test_history_loses_what_the_checkpoint_does_not_know(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    lines = [json.dumps({"iteration": iteration}) + "\n" for iteration in (200, 400, 600)]
    run.history.write_text("".join(lines) + '{"iteration": 8')  # cut off while writing
    run.begin(mlp.RECIPE, OPTIONS, sample, 400)
    assert run.history.read_text() == "".join(lines[:2])
    assert [start["iteration"] for start in run.read()["starts"]] == [0, 400]


def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="there is no run in this folder"):
        Run(tmp_path).options()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("python -m training train mlp", "python -m training train mlp"),
        ("train mlp --run /home/ann/runs/mlp --seed 1", "train mlp --run mlp --seed 1"),
        ("train mlp --run=/srv/runs/mlp/", "train mlp --run=mlp/"),
        (
            "train digits --teacher exported/digits/1 --data /data",
            "train digits --teacher exported/digits/1 --data data",
        ),
    ],
)
def test_a_command_is_told_without_where_its_folders_lie(typed: str, told: str) -> None:
    assert without_places(typed) == told == without_places(told)
