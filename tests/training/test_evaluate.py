import io
import json
import math
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from rich.console import Console

from digitgan.contract.card import MODEL_FILE, Metric
from tests.commands import digitgan
from tests.graphs import a_foreign_graph
from tests.training.conftest import short_readers
from training.data import Dataset
from training.evaluate import DEFINITIONS, evaluate, margin, table
from training.metrics import classes, reader
from training.metrics.method import Method, method, stated
from training.metrics.reference import load_judges, reference

pytestmark = pytest.mark.long

OPTIONAL = {
    "label_accuracy",
    "guard_label_accuracy",
    "classifier_accuracy_score",
    "stacked_modes",
    "stacked_divergence",
}


@pytest.fixture(scope="module")
def scores(exported: Path, sample: Dataset, references: Path) -> dict[str, Metric]:
    return evaluate(exported / MODEL_FILE, sample, n_images=500, n_draws=2, cache=references)


def test_each_score_has_its_definition_floor_and_margin(scores: dict[str, Metric]) -> None:
    assert set(DEFINITIONS) - OPTIONAL <= set(scores) <= set(DEFINITIONS)
    for name, metric in scores.items():
        assert metric.definition == DEFINITIONS[name]
        assert metric.floor is not None
        assert math.isfinite(metric.value)
        assert (metric.margin is None) == (name == "memorised_share")


def test_scores_separate_a_barely_trained_generator_from_real_digits(scores: dict[str, Metric]) -> None:
    for name in ("frechet_distance", "guard_frechet_distance", "kernel_distance", "pixel_distance"):
        floor = scores[name].floor
        assert floor is not None
        assert scores[name].value > 5 * floor
    assert scores["coverage"].value < 0.2


def test_label_accuracy_exists_only_with_classes(exported: Path, scores: dict[str, Metric]) -> None:
    is_conditional = exported.parent.name == "digits"
    assert ("label_accuracy" in scores) == is_conditional


def test_each_figure_states_its_method(scores: dict[str, Metric]) -> None:
    for name, metric in scores.items():
        assert Method(metric.n_images, metric.n_draws, metric.judge_sha256) == method(name, load_judges(), 500, 2)


def test_floor_comes_from_the_draws_that_gave_the_labels(
    scores: dict[str, Metric], sample: Dataset, references: Path
) -> None:
    floors = reference(sample, load_judges(), 500, references).floors
    for name in ("frechet_distance", "recall", "class_imbalance"):
        assert len(floors[name]) == 6
        assert scores[name].floor == pytest.approx(floors[name][:2].mean())
        assert scores[name].floor_margin == margin(floors[name][:2].tolist())


@pytest.mark.slow
def test_draws_have_at_most_the_number_of_training_digits(exported: Path, sample: Dataset, tmp_path: Path) -> None:
    n_digits = len(sample.train_images)
    scores = evaluate(exported / MODEL_FILE, sample, n_images=n_digits + 1, n_draws=1, cache=tmp_path)
    assert scores["recall"].n_images == n_digits
    assert scores["duplicates"].floor == 0


def test_scores_depend_only_on_the_seed(
    exported: Path, sample: Dataset, references: Path, scores: dict[str, Metric]
) -> None:
    path = exported / MODEL_FILE
    assert evaluate(path, sample, n_images=500, n_draws=2, cache=references) == scores
    other = evaluate(path, sample, n_images=500, n_draws=2, first_seed=7, cache=references)
    assert other["frechet_distance"].value != scores["frechet_distance"].value


def test_stacks_and_reader_are_scored_on_request(
    exported: Path, sample: Dataset, references: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "N_STACKS", 200)
    monkeypatch.setattr(reader, "N_IMAGES", 300)
    short_readers(monkeypatch)
    scores = evaluate(
        exported / MODEL_FILE, sample, n_images=500, n_draws=1, with_stacks=True, with_reader=True, cache=references
    )
    assert 1 <= scores["stacked_modes"].value <= 200
    assert 0 < scores["stacked_divergence"].value <= math.log(1000)
    if exported.parent.name == "digits":
        score = scores["classifier_accuracy_score"]
        assert score.readers is not None
        assert score.value == pytest.approx(np.mean([each.accuracy for each in score.readers.values()]))
        assert score.floor == pytest.approx(np.mean([each.floor for each in score.readers.values()]))
        assert stated(score) == method("classifier_accuracy_score", load_judges())


def test_margin_is_half_of_students_interval() -> None:
    assert margin([1.0]) is None
    assert margin([1.0, 3.0]) == pytest.approx(12.706 * math.sqrt(2) / math.sqrt(2), rel=1e-4)
    assert margin([2.0, 2.0, 2.0]) == 0
    values = np.random.default_rng(0).normal(size=30).tolist()
    assert margin(values) == pytest.approx(2.262 * np.std(values, ddof=1) / math.sqrt(30))


def test_table_shows_value_margin_and_floor() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(table("tried", {"recall": Metric(value=0.5, definition="", floor=0.9, margin=0.012)}))
    shown = console.export_text()
    assert all(text in shown for text in ("tried", "recall", "0.5", "0.012", "0.9"))


def _evaluated(*arguments: str | Path) -> tuple[dict[str, dict[str, object]], str]:
    """Return the figures that the command prints for one draw of 500 images, and its notes."""
    result = digitgan("evaluate", *arguments, "--data", "sample", "--images", "500", "--draws", "1", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout), result.stderr


@pytest.fixture
def user_cache(references: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pooch.os_cache", lambda name: references.parent)


def test_evaluate_command_scores_every_form_of_a_generator_alike(
    models_dir: Path, tmp_path: Path, user_cache: None
) -> None:
    model, file = models_dir / "digits" / "1" / MODEL_FILE, tmp_path / "foreign.onnx"
    figures, notes = _evaluated(model)
    assert figures["frechet_distance"]["definition"] == DEFINITIONS["frechet_distance"]
    assert "read as" not in notes
    file.write_bytes(a_foreign_graph(onnx.load(model), scale=(3, 0), labels="one-hot", label_name="q"))
    theirs, notes = _evaluated(file, "--scale", "3..0", "--label-input", "q")
    assert theirs == figures
    assert f"{file} is read as: normal noise (64) in 'z', one-hot labels in 'q'" in notes
    assert "black is 3 and white 0, inverted" in notes


@pytest.mark.parametrize(
    ("scale", "options", "message"),
    [
        ((0, 3), (), "the pixels range from 0 to 3, with 0 at the borders; that fits none of the usual scales"),
        ((0, math.nan), (), "100 of 100 images have pixels that are NaN or infinite"),
        ((0, 1), ("--scale=-1..1",), "that is not a scale from -1 to 1"),
        ((0, 1), ("--label-input", "why"), "there is no input 'why'; the inputs are 'z', 'y'"),
    ],
)
def test_evaluate_command_refuses_what_it_cannot_read(
    scale: tuple[float, float], options: tuple[str, ...], message: str, models_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "foreign.onnx"
    file.write_bytes(
        a_foreign_graph(onnx.load(models_dir / "digits" / "1" / MODEL_FILE), scale=scale, labels="integer")
    )
    result = digitgan("evaluate", file, "--data", "sample", *options)
    assert result.exit_code == 1
    assert message in result.stderr


def test_evaluate_command_refuses_a_damaged_version(models_dir: Path, tmp_path: Path) -> None:
    version = shutil.copytree(models_dir / "mlp" / "1", tmp_path / "1")
    (version / MODEL_FILE).write_bytes((models_dir / "digits" / "1" / MODEL_FILE).read_bytes())
    result = digitgan("evaluate", version / MODEL_FILE, "--data", "sample")
    assert result.exit_code == 1
    assert str(version / MODEL_FILE) in result.stderr
