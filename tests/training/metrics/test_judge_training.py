from pathlib import Path

import numpy as np
import pytest
import torch

from tests.commands import digitgan
from training.choices import Architecture
from training.data import Dataset
from training.metrics import judge_training
from training.metrics.judge import load_judge, read_manifest, write_judge
from training.metrics.judge_training import ARCHITECTURES, Classifier

pytestmark = pytest.mark.long


def _trained(architecture: Architecture, sample: Dataset, n_steps: int = 25, seed: int = 5) -> Classifier:
    return judge_training.train(architecture, sample.train_images, sample.train_labels, seed=seed, n_steps=n_steps)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_judge_reads_most_digits_after_a_few_steps(architecture: Architecture, sample: Dataset) -> None:
    model = _trained(architecture, sample, n_steps=60)
    assert judge_training.accuracy(model, sample.test_images, sample.test_labels) >= 0.7


def test_weights_depend_only_on_the_seed(sample: Dataset) -> None:
    first, second, other = (_trained("plain", sample, n_steps=2, seed=seed) for seed in (5, 5, 6))
    weights = [model.head.weight for model in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_judge_training_reports_each_step(sample: Dataset) -> None:
    seen: list[int] = []
    judge_training.train(
        "plain",
        sample.train_images[:200],
        sample.train_labels[:200],
        seed=1,
        n_steps=3,
        on_step=lambda step, loss: seen.append(step) if np.isfinite(loss) else None,
    )
    assert seen == [1, 2, 3]


def test_written_judge_reads_like_the_trained_network(sample: Dataset, tmp_path: Path) -> None:
    model = _trained("plain", sample, n_steps=3)
    judge_training.set_feature_scale(model, sample.train_images[:1000])
    sha256 = write_judge(judge_training.to_onnx(model), "tried", {"seed": 5}, tmp_path)
    judge = load_judge("tried", tmp_path)
    reading = judge.read(sample.train_images[:1000])
    with torch.no_grad():
        logits, features = model(torch.tensor(sample.train_images[:1000]))
    assert judge.sha256 == sha256
    assert read_manifest(tmp_path) == {"tried": {"sha256": sha256, "seed": 5}}
    assert reading.features == pytest.approx(features.numpy(), abs=1e-4)
    assert np.mean(reading.labels == logits.argmax(dim=1).numpy()) > 0.995
    assert np.square(reading.features).mean() == pytest.approx(1, abs=1e-3)


def test_judge_file_is_reproducible_and_contains_no_paths(sample: Dataset) -> None:
    model = judge_training.build("residual")
    content = judge_training.to_onnx(model)
    assert content == judge_training.to_onnx(model)
    assert b"judge_training" not in content


def test_too_few_judge_steps_are_a_usage_error(tmp_path: Path) -> None:
    result = digitgan("judge", "plain", "--data", "sample", "--to", str(tmp_path), "--steps", "5")
    assert result.exit_code == 2
    assert not any(tmp_path.iterdir())
