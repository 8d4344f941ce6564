import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from training.data import Dataset, load
from training.errors import JudgeRefused
from training.metrics.judge import GUARDING, MANIFEST_FILE, SELECTING, WEIGHTS_FOLDER, load_judge, read_manifest

NAMES = (SELECTING, GUARDING)


@pytest.mark.parametrize("name", NAMES)
def test_judge_reads_99_percent_of_the_sample(name: str, sample: Dataset) -> None:
    read = load_judge(name).read(sample.test_images)
    assert np.mean(read.labels == sample.test_labels) >= 0.99  # 0.994 minus two standard errors for 1,000 digits
    assert read_manifest()[name]["test_accuracy"] >= 0.994


@pytest.mark.parametrize("name", NAMES)
def test_features_have_a_mean_square_of_one(name: str, sample: Dataset) -> None:
    features = load_judge(name).read(sample.train_images).features
    assert features.shape == (5000, 128)
    assert features.dtype == np.float32
    assert np.square(features).mean() == pytest.approx(1, abs=0.1)


def test_confidence_is_a_probability_and_low_for_blended_digits(sample: Dataset) -> None:
    judge = load_judge()
    blends = np.maximum(sample.test_images, np.roll(sample.test_images, 1, axis=0))
    digits, doubtful = judge.read(sample.test_images).confidences, judge.read(blends).confidences
    assert 0.1 <= doubtful.min() <= digits.max() <= 1
    assert doubtful.mean() < 0.95 < 0.98 < digits.mean()


@pytest.mark.skipif("MNIST_DIR" not in os.environ, reason="needs all of MNIST in MNIST_DIR")
@pytest.mark.parametrize("name", NAMES)
def test_judge_accuracy_matches_its_manifest(name: str) -> None:
    digits = load("mnist")
    share = np.mean(load_judge(name).read(digits.test_images).labels == digits.test_labels)
    assert share == pytest.approx(read_manifest()[name]["test_accuracy"], abs=2e-4)
    assert share >= 0.994


def test_reading_does_not_depend_on_the_batch(sample: Dataset) -> None:
    judge = load_judge()
    together, alone = judge.read(sample.test_images[:501]), judge.read(sample.test_images[500:501])
    assert alone.features[0] == pytest.approx(together.features[500], abs=1e-5)
    assert alone.labels[0] == together.labels[500]


def test_reading_twice_gives_the_same_bits(sample: Dataset) -> None:
    first, second = (load_judge().read(sample.test_images).features for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_judges_are_different_networks() -> None:
    manifest = read_manifest()
    for fact in ("architecture", "seed", "sha256"):
        assert manifest[SELECTING][fact] != manifest[GUARDING][fact]


def test_file_that_differs_from_the_manifest_is_refused(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / MANIFEST_FILE, tmp_path)
    shutil.copy(WEIGHTS_FOLDER / f"{GUARDING}.onnx", tmp_path / f"{SELECTING}.onnx")
    with pytest.raises(JudgeRefused, match=f"{SELECTING}.onnx: sha256 .* but {MANIFEST_FILE} says"):
        load_judge(SELECTING, tmp_path)


def test_missing_judge_file_is_refused_by_name(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / MANIFEST_FILE, tmp_path)
    with pytest.raises(JudgeRefused, match=r"plain\.onnx: cannot be read"):
        load_judge("plain", tmp_path)


def test_unknown_judge_is_refused_with_the_available_ones(tmp_path: Path) -> None:
    with pytest.raises(JudgeRefused, match=r"unknown judge 'solomon' .* available judges: plain, residual"):
        load_judge("solomon")
    with pytest.raises(JudgeRefused, match="available judges: none"):
        load_judge("plain", tmp_path)


def test_manifest_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_FILE).write_text("{")
    with pytest.raises(JudgeRefused, match=f"{MANIFEST_FILE}: not JSON: "):
        read_manifest(tmp_path)


@pytest.mark.parametrize("entry", ["[]", "{}", '{"sha256": 1}'])
def test_manifest_without_a_hash_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / MANIFEST_FILE).write_text(f'{{"plain": {entry}}}')
    with pytest.raises(JudgeRefused, match=f"{MANIFEST_FILE}: plain"):
        load_judge("plain", tmp_path)


def test_file_that_differs_from_the_manifest_is_not_parsed(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / MANIFEST_FILE, tmp_path)
    (tmp_path / f"{SELECTING}.onnx").write_bytes(b"not a graph")
    with pytest.raises(JudgeRefused, match=f"{SELECTING}.onnx: sha256 "):
        load_judge(SELECTING, tmp_path)


def test_manifest_is_indented_json_of_both_judges() -> None:
    text = (WEIGHTS_FOLDER / MANIFEST_FILE).read_text()
    assert json.loads(text).keys() == set(NAMES)
    assert text.count("\n") > 10
