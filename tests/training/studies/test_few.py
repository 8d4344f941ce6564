import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.commands import digitgan
from training.choices import Architecture
from training.data import Dataset
from training.metrics import judge_training
from training.metrics.judge_training import Classifier
from training.studies import few
from training.studies.few import Comparison, balanced, identity, keep_result, read_results, run_trial, table

TRIALS = [
    Comparison(
        n_digits=100,
        seed=seed,
        limits=(800, None),
        iterations=800,
        real=real,
        both=both,
        real_shifted=real + 0.05,
        both_shifted=0.95,
    )
    for seed, real, both in ((1, 0.9, 0.91), (2, 0.8, 0.84), (3, 0.85, 0.85))
]


READ = {"real": 0.1, "both": 0.2, "real_shifted": 0.3, "both_shifted": 0.4}


def test_few_digits_are_balanced_and_chosen_by_the_seed(sample: Dataset) -> None:
    one, again, other = balanced(sample, 100, 1), balanced(sample, 100, 1), balanced(sample, 100, 2)
    assert np.bincount(one.train_labels).tolist() == [10] * 10
    assert np.array_equal(one.train_images, again.train_images)
    assert not np.array_equal(one.train_images, other.train_images)
    assert np.array_equal(one.test_images, sample.test_images)


def test_all_readers_have_the_same_steps_and_real_digits(sample: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    learn = judge_training.train

    def watch(
        architecture: Architecture, images: NDArray[np.uint8], labels: NDArray[np.integer], **how: int
    ) -> Classifier:
        shown.append((images, labels, how))
        return learn(architecture, images, labels, seed=how["seed"], n_steps=1)

    monkeypatch.setattr(few, "N_GENERATED", 500)
    monkeypatch.setattr(judge_training, "train", watch)
    trial = run_trial(sample, 100, 4, (2, None), n_steps=7)
    assert trial.iterations == 2
    assert [how for _, _, how in shown] == [
        {"seed": 4, "n_steps": 7, "max_shift": max_shift} for max_shift in (0, 0, 2, 2)
    ]
    (real, real_labels, _), (both, both_labels, _) = shown[:2]
    assert len(both) == 2 * len(real)
    assert np.array_equal(both[:500], real)
    assert np.array_equal(np.unique(real, axis=0), np.unique(balanced(sample, 100, 4).train_images, axis=0))
    assert np.array_equal(both_labels[:500], real_labels)


def test_generated_digits_that_the_first_reader_misreads_are_left_out(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    learn = judge_training.train

    def watch(
        architecture: Architecture, images: NDArray[np.uint8], labels: NDArray[np.integer], **how: int
    ) -> Classifier:
        shown.append((images, labels))
        return learn(architecture, images, labels, seed=how["seed"], n_steps=1)

    monkeypatch.setattr(few, "N_GENERATED", 500)
    monkeypatch.setattr(judge_training, "train", watch)
    monkeypatch.setattr(judge_training, "read", lambda _, images: np.full(len(images), 3))
    run_trial(sample, 100, 4, (1, None), n_steps=1)
    assert shown[1][1][500:].tolist() == [3] * 500
    assert len(np.unique(shown[1][0][500:], axis=0)) == 50  # threes of seeds 3, 13, ..., each ten times


def test_results_survive_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "few.jsonl"
    assert read_results(path) == []
    for trial in TRIALS:
        keep_result(trial, path)
    assert read_results(path) == TRIALS


def test_table_of_results_has_median_and_spread() -> None:
    *_, as_they_are, shifted = table(TRIALS).splitlines()
    assert as_they_are == (
        "| 100 | 3 | digits as they are | 85.00 (80.00 to 90.00) | 85.00 (84.00 to 91.00) | 1.00 (0.00 to 4.00) |"
    )
    assert "| shifted digits | 90.00 (85.00 to 95.00) | 95.00 (95.00 to 95.00) |" in shifted


def test_few_command_runs_only_missing_comparisons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def remember(_: Dataset, n_digits: int, seed: int, limits: tuple[int, float | None]) -> Comparison:
        ran.append((n_digits, seed))
        return Comparison(n_digits=n_digits, seed=seed, limits=limits, iterations=1, data="sample", **READ)

    monkeypatch.setattr(few, "run_trial", remember)
    path = tmp_path / "few.jsonl"
    keep_result(replace(TRIALS[0], data="sample"), path)
    keep_result(TRIALS[1], path)  # of MNIST, so a different comparison
    arguments = ["few", "--data", "sample", "--digits", "100", "--seeds", "2", "--iterations", "800"]
    for _ in range(2):
        result = digitgan(*arguments, "--results", str(path))
        assert result.exit_code == 0, result.stderr
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert [line["both"] for line in lines] == [0.91, 0.2]
    assert ran == [(100, 2)]
    digitgan(*arguments, "--minutes", "3", "--results", str(path))
    assert ran == [(100, 2), (100, 1), (100, 2)]


def test_folder_is_known_by_its_content(sample: Dataset) -> None:
    assert identity(sample) == "sample"
    assert identity(replace(sample, name="mnist")) == "sample"
    one, other = (replace(sample, name="mnist", train_labels=sample.train_labels[::step].copy()) for step in (-1, 2))
    assert identity(one) == f"mnist {one.sha256[:12]}"
    assert identity(other) != identity(one)


def test_number_of_digits_must_be_a_multiple_of_ten() -> None:
    result = digitgan("few", "--digits", "105", "--data", "sample")
    assert result.exit_code == 2
    assert "105 is not a multiple of ten" in result.stderr


@pytest.mark.parametrize("line", [b"{}", b"\xff", b"[" * 999, b"9" * 5000, b'{"n_digits": 100, "limits": 7}'])
def test_damaged_result_is_named_and_the_others_stay(
    tmp_path: Path, line: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "few.jsonl"
    path.write_bytes(line + b"\n")
    keep_result(TRIALS[0], path)
    assert read_results(path) == TRIALS[:1]
    assert "few.jsonl: damaged lines are left out: line 1: " in capsys.readouterr().err
    assert path.read_bytes().startswith(line)
