import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tests.training.conftest import copy_of
from training import history
from training.data import Dataset
from training.device import CPU
from training.drawing.replay import sections
from training.errors import DataRefused, RunRefused
from training.metrics.judge import load_judge
from training.post_training.stage import generator_part, post_train
from training.recipes import digits
from training.recipes.recipe import PostTraining
from training.report import write_report
from training.run import Run


@pytest.fixture(scope="module")
def report(trained: Run, sample: Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    run, to = copy_of(trained, folder / "run"), folder / "report.html"
    when = {
        "iteration": 12,
        "images": 384,
        "elapsed_s": 60.0,
        "cpu_s": 30.0,
    }  # the run ends before its first line is due
    figures = {"discriminator_loss": 0.6, "discriminator_accuracy": 0.7, "generator_loss": 0.9, "logit_gap": 0.4}
    history.append(run.history, when | figures)
    write_report(run, sample, to, judge=load_judge())
    return to.read_text(encoding="utf-8")


def test_report_loads_nothing_from_other_hosts(report: str) -> None:
    assert not re.search(r"https?:|//[a-z]|<link|<script|@import", re.sub(r"data:image/png;base64,[^\"]*", "", report))


def test_report_states_the_theory_with_figures_of_the_run(report: str) -> None:
    assert "differ by at least 40.0%" in report  # 2 x 70 % - 1
    assert "least 0.093 of 0.693" in report  # log 2 - 0.6, of images or of pairs


def test_hinge_report_states_the_total_variation_that_it_proves() -> None:
    line = {"iteration": 100, "discriminator_loss": 0.6, "discriminator_accuracy": 0.7}
    assert "at least 70.0%" in "".join(sections("hinge", [line]))  # 1 - 0.6 / 2


def test_report_shows_digits_and_the_whole_configuration(report: str) -> None:
    assert report.count("data:image/png") >= 4
    assert "average_half_life_images" in report
    assert "digitgan" in report


def test_both_rows_of_real_images_are_in_the_order_of_the_classes(report: str, sample: Dataset) -> None:
    (shown,) = re.findall(r'src="data:image/png;base64,([^"]+)" alt="Two real images a class"', report)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown))))[::2, ::2]  # each pixel is doubled
    cells = sheet.reshape(2, 32, 10, 32).swapaxes(1, 2)[:, :, 2:-2, 2:-2]
    for label in range(10):
        of_class = sample.train_images[sample.train_labels == label]
        assert np.array_equal(cells[:, label], of_class[:2])


@pytest.mark.parametrize("trained", ["digits"], indirect=True)
def test_report_tells_of_the_post_training_of_a_run_that_has_one(
    trained: Run, sample: Dataset, report: str, tmp_path: Path
) -> None:
    assert "Post-training" not in report
    run = copy_of(trained, tmp_path / "run")
    settings = PostTraining(feature_iterations=3, iterations=2, full_after=1, batch_size=16, n_real=24)
    recipe = replace(digits.RECIPE, post_training=settings)
    options, console = run.options(), Console(quiet=True)
    assert post_train(
        run, recipe, options, sample, device=CPU, appraiser=None, should_stop=lambda: False, console=console
    )
    losses = {"discriminator_loss": 0.6, "discriminator_accuracy": 0.7, "generator_loss": 0.9}
    history.append(run.history, {"iteration": 12, "images": 768, "elapsed_s": 6.0, "cpu_s": 3.0} | losses)
    history.append(generator_part(run).history, {"iteration": 2, "energy_distance": 0.25})
    write_report(run, sample, tmp_path / "report.html", judge=None)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "3 steps of three small classifiers and 2 steps of the generator" in text
    assert "the generator after its post-training, which began with iteration 12" in text
    assert 'aria-label="Energy distance"' in text


def test_report_of_other_data_is_refused(trained: Run, sample: Dataset, tmp_path: Path) -> None:
    others = replace(sample, train_images=255 - sample.train_images)
    with pytest.raises(DataRefused, match="learned from the data 'sample'"):
        write_report(trained, others, tmp_path / "report.html", judge=None)
    assert not (tmp_path / "report.html").exists()


def test_report_refuses_a_folder_without_a_run(tmp_path: Path, sample: Dataset) -> None:
    with pytest.raises(RunRefused, match="there is no run in this folder"):
        write_report(Run(tmp_path), sample, tmp_path / "report.html", judge=None)
