"""What the judges that come with the core say, and which files are refused. More is in tests/training/metrics."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitgan.contract.errors import JudgeUnusable
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows
from digitgan.engine.loading import create_repository
from digitgan.engine.settings import EngineSettings
from digitgan.judges.judge import GUARDING, MANIFEST_FILE, SELECTING, WEIGHTS_FOLDER, Judge, load_judge

LABELS = np.arange(512, dtype=np.int64) % 10


@pytest.fixture(scope="module")
def digits(models_dir: Path) -> NDArray[np.uint8]:
    """Return 512 generated digits of the labels."""
    backend = create_repository(EngineSettings(models_dir=models_dir)).load_version("digits", "1")
    latents = seeds_to_latents(range(512), backend.card.latent_size)
    return backend.run(Rows(latents, LABELS, np.ones(512, np.float32))).pixels


@pytest.fixture(scope="module", params=[SELECTING, GUARDING])
def judge(request: pytest.FixtureRequest) -> Judge:
    return load_judge(request.param)


@pytest.mark.parametrize("size", [1, 3, 64, 100])
def test_odds_have_the_same_bits_in_any_batch(judge: Judge, digits: NDArray[np.uint8], size: int) -> None:
    together, _ = judge.odds(digits, LABELS)
    starts = range(0, len(digits), size)
    parts = [judge.odds(digits[at : at + size], LABELS[at : at + size])[0] for at in starts]
    assert np.concatenate(parts).tobytes() == together.tobytes()


def test_odds_are_those_of_the_reading(judge: Judge, digits: NDArray[np.uint8]) -> None:
    odds, is_read = judge.odds(digits, LABELS)
    read = judge.read(digits)
    assert np.array_equal(is_read, read.labels == LABELS)
    doubtful = is_read & (read.confidences < 0.999)  # where float32 tells the others' share
    assert doubtful.sum() > 5
    probabilities = 1 / (1 + np.exp(-odds[doubtful]))
    assert probabilities == pytest.approx(read.confidences[doubtful], abs=1e-5)
    assert (odds[~is_read] < 0).all()


def test_odds_tell_images_apart_that_are_certain(judge: Judge, digits: NDArray[np.uint8]) -> None:
    certain = judge.read(digits).confidences == 1
    assert certain.sum() >= 5
    assert len(np.unique(judge.odds(digits, LABELS)[0][certain])) == certain.sum()


def test_damaged_file_is_refused(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / MANIFEST_FILE, tmp_path)
    shutil.copy(WEIGHTS_FOLDER / f"{GUARDING}.onnx", tmp_path / f"{SELECTING}.onnx")
    with pytest.raises(JudgeUnusable, match=f"{SELECTING}.onnx: sha256 .* but {MANIFEST_FILE} says"):
        load_judge(folder=tmp_path)
