import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from torch import Tensor, nn

from tests.commands import digitgan
from training.data import Dataset
from training.errors import ExportRefused, NotScorable, RunRefused
from training.export import export
from training.launch import launch
from training.metrics import classes
from training.metrics.judge import load_judge
from training.networks.base import Generator
from training.recipes import mlp
from training.recipes.stacked import RECIPE
from training.report import write_report
from training.run import Options, Run
from training.studies import stacks


class Album(Generator):
    """Stacks real digits of some classes, chosen by the style."""

    def __init__(self, dataset: Dataset, n_classes: int) -> None:
        super().__init__(3, 0, nn.Sequential())
        is_shown = dataset.train_labels < n_classes
        self.pictures = torch.from_numpy(dataset.train_images[is_shown].astype("float32")) / 127.5 - 1

    def forward(self, style: Tensor, label: Tensor) -> Tensor:
        return self.pictures[(style.abs() * 1e4).long() % len(self.pictures)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("stacked"))
    options = Options(seed=1, iterations=2, budget_s=None, threads=1, data="sample")
    assert launch(RECIPE, options, run, data_dir=None, resumes=True, console=Console(quiet=True)) == 0
    return run


def test_real_digits_cover_the_modes_of_their_classes(sample: Dataset) -> None:
    judge = load_judge()
    spread = stacks.score(Album(sample, 2), judge, n_stacks=200)
    assert 8 <= spread.n_covered <= 12  # two classes make eight; the judge may misread one digit of 600
    assert spread.divergence > 4.5  # log(1000 / 8) is 4.83


def test_stacks_command_refuses_single_digits_with_a_hint(sample: Dataset) -> None:
    with pytest.raises(NotScorable, match=r"single digits, not stacks of three; .* --stacks"):
        stacks.score(mlp.RECIPE.generator.build().eval(), load_judge(), n_stacks=10)


def test_stacks_command_scores_a_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "N_STACKS", 60)
    result = digitgan("stacks", str(run.folder), "--json")
    assert result.exit_code == 0, result.stderr
    assert 1 <= json.loads(result.stdout)["n_covered"] <= 60


def test_sheet_of_stacks_is_in_colour(run: Run) -> None:
    with Image.open(run.sheets / "00000002.png") as sheet:
        assert (sheet.mode, sheet.size) == ("RGB", (320, 320))
        assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 256


def test_export_refuses_stacks_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="as the channels of an image, which the service does not draw"):
        export(run, tmp_path, "1", judge=None)
    assert list(tmp_path.iterdir()) == []


def test_report_refuses_stacks(run: Run, sample: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="a report does not show stacks"):
        write_report(run, sample, tmp_path / "report.html", judge=None)


def test_run_refuses_stacks_before_it_trains(tmp_path: Path) -> None:
    result = digitgan("run", "stacked", "--data", "sample", "--run", str(tmp_path / "run"))
    assert result.exit_code == 1
    assert "stacks digits as the channels of an image" in result.stderr
    assert not (tmp_path / "run").exists()
