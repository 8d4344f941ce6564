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


def test_run_folder_describes_recipe_and_data(trained: Run, sample: Dataset) -> None:
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
        "cpu_budget_s": None,
        "size": None,
        "colour": None,
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
def test_resuming_with_other_settings_is_refused_by_name(change: str, sample: Dataset, tmp_path: Path) -> None:
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


def test_checkpoints_without_a_run_description_are_refused(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(
        RunRefused, match=r"checkpoints: run\.json, which describes the run of these checkpoints, is missing"
    ):
        run.begin(mlp.RECIPE, OPTIONS, sample, 5)
    assert not run.exists


def test_resuming_cuts_the_history_at_the_checkpoint(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    lines = [json.dumps({"iteration": iteration}) + "\n" for iteration in (200, 400, 600)]
    run.history.write_text("".join(lines) + '{"iteration": 8')  # interrupted while writing
    run.begin(mlp.RECIPE, OPTIONS, sample, 400)
    assert run.history.read_text() == "".join(lines[:2])
    assert [start["iteration"] for start in run.read()["starts"]] == [0, 400]


def test_options_of_a_folder_without_a_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="there is no run in this folder"):
        Run(tmp_path).options()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("digitgan train mlp", "digitgan train mlp"),
        ("train mlp --run /home/ann/runs/mlp --seed 1", "train mlp --run mlp --seed 1"),
        ("train mlp --run=/srv/runs/mlp/", "train mlp --run=mlp/"),
        (
            "train digits --teacher exported/digits/1 --data /data",
            "train digits --teacher exported/digits/1 --data data",
        ),
    ],
)
def test_recorded_command_contains_no_absolute_paths(typed: str, told: str) -> None:
    assert without_places(typed) == told == without_places(told)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[" * 9999, b"[]", b"{}", b'{"recipe": "mlp"}', b'{"recipe": ' + b"9" * 5000, b"{" * 2**17],
)
def test_description_that_is_not_one_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunRefused, match=r"run\.json: ") as refused:
        Run(tmp_path).options()
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("content", [bytes(300), b'{"recipe": {"na'])
def test_damaged_description_is_replaced_by_its_copy(
    content: bytes, sample: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path)
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    (tmp_path / "run.json").write_bytes(content)
    assert run.options() == OPTIONS
    run.begin(mlp.RECIPE, OPTIONS, sample, 0)
    assert (tmp_path / "run.json.damaged-1").read_bytes() == content
    assert "run.json: not JSON" in capsys.readouterr().err
    (tmp_path / "run.json.copy").unlink()
    assert len(run.read()["starts"]) == 2


def test_begin_removes_what_killed_processes_left(sample: Dataset, tmp_path: Path) -> None:
    left = [tmp_path / ".run.json.7.tmp", tmp_path / "checkpoints" / ".1.pt.7.tmp", tmp_path / "sheets" / "1.tmp"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    Run(tmp_path).begin(mlp.RECIPE, OPTIONS, sample, 0)
    assert not [path for path in left if path.exists()]


def test_run_whose_command_is_not_utf8_can_be_resumed(
    sample: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["digitgan", "train", "--run", "r\udcf6"])
    run = Run(tmp_path)
    for iteration in (0, 5):
        run.begin(mlp.RECIPE, OPTIONS, sample, iteration)
    assert run.read()["starts"][1]["command"].endswith(r"train --run r\udcf6")


@pytest.mark.parametrize("option", ["data", "judge"])
def test_path_that_is_not_utf8_is_refused(option: str) -> None:
    with pytest.raises(RunRefused, match=rf"--{option} r\\udcf6: the path is not UTF-8; rename it"):
        replace(OPTIONS, **{option: "r\udcf6"})  # type: ignore[arg-type] # a text
