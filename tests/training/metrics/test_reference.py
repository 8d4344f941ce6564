from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from training.data import Dataset
from training.metrics import reference as references
from training.metrics.calibration import calibrate
from training.metrics.reference import Judges, Reference, load_judges, reference, score_draw, training_rows

pytestmark = pytest.mark.long

N_IMAGES = 1000


@pytest.fixture(scope="module")
def judges() -> Judges:
    return load_judges()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("references")


@pytest.fixture(scope="module")
def real(sample: Dataset, judges: Judges, folder: Path) -> Reference:
    return reference(sample, judges, N_IMAGES, folder)


@pytest.fixture(scope="module")
def spoilt(sample: Dataset, judges: Judges, real: Reference) -> dict[str, dict[str, float]]:
    return calibrate(sample, real, judges, N_IMAGES)


def test_cached_reference_equals_the_one_that_was_made(
    sample: Dataset, judges: Judges, real: Reference, folder: Path
) -> None:
    (path,) = folder.iterdir()
    written = path.stat().st_mtime_ns
    again = reference(sample, judges, N_IMAGES, folder)
    assert path.stat().st_mtime_ns == written
    for name in ("features", "moments", "guard_moments", "pixel_moments"):
        made, kept = asdict(getattr(real, name)), asdict(getattr(again, name))
        assert all(np.array_equal(made[part], kept[part]) for part in made)
    assert again.floors.keys() == real.floors.keys()
    assert all(np.array_equal(again.floors[name], real.floors[name]) for name in real.floors)
    assert again.suspicious_distance == real.suspicious_distance


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"no archive",
        lambda content: content[:-1000],
        lambda content: content[:2000] + bytes(8000) + content[10_000:],
    ],
)
def test_damaged_cache_is_made_anew_and_named(
    damage: Callable[[bytes], bytes],
    sample: Dataset,
    judges: Judges,
    real: Reference,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(references, "_make", lambda *_: real)  # which takes seconds
    (kept,) = folder.iterdir()
    path = tmp_path / kept.name
    path.write_bytes(damage(kept.read_bytes()))
    reference(sample, judges, N_IMAGES, tmp_path)
    assert f"{path}: cannot be read" in capsys.readouterr().err
    assert reference(sample, judges, N_IMAGES, tmp_path).suspicious_distance == real.suspicious_distance
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == [path]


def test_cache_that_cannot_be_written_is_not_used(
    sample: Dataset,
    judges: Judges,
    real: Reference,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(references, "_make", lambda *_: real)
    (tmp_path / "file").write_bytes(b"")
    assert reference(sample, judges, N_IMAGES, tmp_path / "file" / "references") is real
    assert "cannot be written (Not a directory); the reference is not kept" in capsys.readouterr().err


def test_reference_depends_on_the_number_of_images(
    sample: Dataset, judges: Judges, real: Reference, tmp_path: Path
) -> None:
    assert len(reference(sample, judges, 2500, tmp_path).floors["frechet_distance"]) == 2
    assert len(real.floors["frechet_distance"]) == 5


def test_floor_draws_are_disjoint_and_wrap_around(sample: Dataset) -> None:
    rows = np.concatenate([training_rows(sample, start, 1000) for start in range(0, 5000, 1000)])
    assert sorted(rows.tolist()) == list(range(5000))
    assert np.array_equal(training_rows(sample, 5000, 10), rows[:10])


def test_undistorted_digits_score_their_floor(real: Reference, spoilt: dict[str, dict[str, float]]) -> None:
    for name, value in spoilt["untouched"].items():
        assert value == pytest.approx(real.floors[name][0])


@pytest.mark.parametrize("how", ["1 % specks", "shifted by one pixel", "no nines", "3 x 3 blur"])
def test_every_distortion_raises_a_distance_above_its_floor(how: str, spoilt: dict[str, dict[str, float]]) -> None:
    ratios = [spoilt[how][name] / spoilt["untouched"][name] for name in ("frechet_distance", "pixel_distance")]
    assert max(ratios) > 1.3


def test_specks_raise_the_pixel_distance(spoilt: dict[str, dict[str, float]]) -> None:
    assert spoilt["1 % specks"]["pixel_distance"] > 1.6 * spoilt["untouched"]["pixel_distance"]


def test_missing_digit_raises_the_distance_and_lowers_coverage(spoilt: dict[str, dict[str, float]]) -> None:
    missing, untouched = spoilt["no nines"], spoilt["untouched"]
    assert missing["frechet_distance"] > 3 * untouched["frechet_distance"]
    assert missing["guard_frechet_distance"] > 3 * untouched["guard_frechet_distance"]
    assert missing["coverage"] < untouched["coverage"] - 0.05


def test_repeated_images_count_as_duplicates_and_lower_recall(spoilt: dict[str, dict[str, float]]) -> None:
    assert spoilt["untouched"]["duplicates"] == 0
    assert spoilt["half of them twice"]["duplicates"] == N_IMAGES / 2
    assert spoilt["half of them twice"]["recall"] < spoilt["untouched"]["recall"] - 0.05


def test_single_repeated_image_has_no_coverage(sample: Dataset, judges: Judges, real: Reference) -> None:
    scores = score_draw(np.repeat(sample.train_images[:1], 500, axis=0), real, judges)
    assert scores["duplicates"] == 499
    assert scores["recall"] < 0.01
    assert scores["frechet_distance"] > 100 * real.floors["frechet_distance"].mean()
