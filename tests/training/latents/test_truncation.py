import shutil
from pathlib import Path

import pytest

from digitgan.contract.card import MODEL_FILE, TruncationPoint, read_card
from tests.commands import digitgan
from training.data import Dataset
from training.evaluate import evaluate
from training.latents.truncation import TRUNCATIONS, truncation_curve


@pytest.fixture(scope="module")
def curve(exported: Path, sample: Dataset, references: Path) -> dict[float, TruncationPoint]:
    points = truncation_curve(exported / MODEL_FILE, sample, n_images=300, cache=references)
    return {point.truncation: point for point in points}


def test_curve_has_a_point_for_each_truncation(curve: dict[float, TruncationPoint], exported: Path) -> None:
    assert tuple(curve) == TRUNCATIONS
    is_conditional = exported.parent.name == "digits"
    for point in curve.values():
        assert point.n_images == 300
        assert (point.label_accuracy is not None) == is_conditional


def test_curve_at_one_equals_the_first_draw_of_the_evaluation(
    curve: dict[float, TruncationPoint], exported: Path, sample: Dataset, references: Path
) -> None:
    scores = evaluate(exported / MODEL_FILE, sample, n_images=300, n_draws=1, cache=references)
    for name in ("frechet_distance", "precision", "recall", "coverage"):
        assert getattr(curve[1.0], name) == scores[name].value
    if curve[1.0].label_accuracy is not None:
        assert curve[1.0].label_accuracy == scores["label_accuracy"].value


def test_truncation_trades_variety_for_label_accuracy(models_dir: Path, sample: Dataset, references: Path) -> None:
    points = truncation_curve(models_dir / "digits" / "1" / MODEL_FILE, sample, n_images=300, cache=references)
    none, less, full, more = (points[TRUNCATIONS.index(truncation)] for truncation in (0.0, 0.5, 1.0, 1.25))
    assert none.frechet_distance > less.frechet_distance > full.frechet_distance
    assert none.recall < less.recall < full.recall
    assert (less.label_accuracy or 0) > (more.label_accuracy or 1)


def test_truncation_command_writes_the_curve_and_prints_it(
    exported: Path, references: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.os_cache", lambda name: references.parent)
    folder = tmp_path / "1"
    shutil.copytree(exported, folder)
    arguments = ["truncation", str(folder), "--data", "sample", "--images", "300"]
    result = digitgan(*arguments)
    assert result.exit_code == 0, result.stderr
    assert "300 images at each truncation" in result.stdout
    after = read_card(folder)
    assert after.truncation_curve is not None
    assert [point.truncation for point in after.truncation_curve] == list(TRUNCATIONS)
    assert after.model_copy(update={"truncation_curve": None}) == read_card(exported)
