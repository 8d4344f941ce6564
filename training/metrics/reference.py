"""The real digits that every score compares with, and the floors: what real digits themselves score.

A reference is made once per data set, pair of judges and number of images. That takes about two minutes on one core,
and the result is kept in the user's cache.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from digitgan.cli.program import program

from ..choices import N_DRAWS
from ..data import Dataset, alike, is_mnist
from ..errors import JudgeRefused
from . import copies, distances, neighbours
from .cache import kept, references_folder
from .classes import class_imbalance, label_accuracy
from .judge import GUARDING, SELECTING, WEIGHTS_FOLDER, Judge, load_judge, read_manifest

T = TypeVar("T")

_MANIFOLDS = ("features", "guard_features")
_MOMENTS = ("moments", "guard_moments", "pixel_moments")
_GUARDED = ("precision", "recall", "coverage")  # the neighbour scores that have targets
_EDITION = 6  # to be raised when the content of the cache, or how a score is computed, changes


@dataclass(frozen=True)
class Judges:
    """The judge that scores and selects, and the one that selects nothing, if there is one."""

    selecting: Judge
    guarding: Judge | None


def load_judges(folder: Path = WEIGHTS_FOLDER) -> Judges:
    """Return the verified judges of a folder; the shipped ones read MNIST."""
    has_guard = GUARDING in read_manifest(folder)
    return Judges(load_judge(SELECTING, folder), load_judge(GUARDING, folder) if has_guard else None)


def judges_for(data_sha256: str, folder: Path | None = None) -> Judges | None:
    """Return the judges for these data; None if there are none, because no figure is better than a wrong one.

    Args:
        data_sha256: `training.data.Dataset.sha256`.
        folder: to which ``digitgan judge`` wrote them; None for the shipped ones.

    Raises:
        JudgeRefused: the folder's judges are missing or damaged, or learned from other data.
    """
    if folder is None:
        return load_judges() if is_mnist(data_sha256) else None
    manifest = read_manifest(folder)
    if SELECTING not in manifest:
        raise JudgeRefused(
            f"{folder}: there is no judge {SELECTING!r} in this folder; {program()} judge {SELECTING} --data DATA --to "
            f"{folder} trains one"
        )
    for name, facts in manifest.items():
        if not alike(facts.get("data_sha256", ""), data_sha256):
            raise JudgeRefused(f"{folder}: judge {name!r} learned from other data ({facts.get('data')})")
    return load_judges(folder)


def required_judges(data_sha256: str, folder: Path | None = None) -> Judges:
    """Return the judges for these data, for figures that need them.

    Raises:
        JudgeRefused: as in `judges_for`, or there are none.
    """
    if judges := judges_for(data_sha256, folder):
        return judges
    raise JudgeRefused(
        "no judge reads these images; the shipped ones read only MNIST. Train one with "
        f"{program()} judge plain --data DATA --to FOLDER, and name it with --judge FOLDER"
    )


@dataclass(frozen=True)
class Reference:
    """The test digits in the form that the scores need, and the floors.

    Args:
        features: of the test digits by the selecting judge, each with its ball.
        moments: of the same features.
        guard_features: of the test digits by the guarding judge, each with its ball; None without one.
        guard_moments: of the test digits' features by the guarding judge; None without one.
        pixel_moments: of the test digits' pixels.
        suspicious_distance: see `training.metrics.copies`.
        n_classes: of the data.
        floors: the scores of real digits, a row of repeated draws for each score.
    """

    features: neighbours.Manifold
    moments: distances.Gaussian
    guard_features: neighbours.Manifold | None
    guard_moments: distances.Gaussian | None
    pixel_moments: distances.Gaussian
    suspicious_distance: float
    n_classes: int
    floors: dict[str, NDArray[np.float64]]


def reference(dataset: Dataset, judges: Judges, n_images: int, folder: Path | None = None) -> Reference:
    """Return the reference for a data set, from the cache if it was made before.

    Args:
        dataset: real digits; all its test digits are the reference, its training digits give the floors.
        judges: read the digits.
        n_images: images per draw, real or generated.
        folder: the cache; default: the user's. Without a cache that can be written, nothing is kept.
    """
    parts = [dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels]
    guard = judges.guarding.sha256 if judges.guarding else None
    key = hashlib.sha256(f"{_EDITION} {judges.selecting.sha256} {guard} {n_images}".encode())
    for part in parts:
        key.update(part.tobytes())
    path = (folder or references_folder()) / f"{key.hexdigest()[:32]}.npz"
    return kept(path, lambda: _make(dataset, judges, n_images), arrays=_arrays, parse=_parse, subject="the reference")


def score_draw(
    images: NDArray[np.uint8], real: Reference, judges: Judges, requested: NDArray[np.integer] | None = None
) -> dict[str, float]:
    """Return the scores of one draw of images.

    Args:
        images: uint8, N of the shape of the real ones.
        real: to compare with.
        judges: read the digits.
        requested: the labels that were requested, (N,); without them there is no label accuracy.
    """
    reading = judges.selecting.read(images)
    features = reading.features
    scores = {
        "frechet_distance": distances.frechet_distance(distances.gaussian(features), real.moments),
        "kernel_distance": distances.kernel_distance(features, real.features.points),
        "pixel_distance": distances.frechet_distance(distances.pixel_gaussian(images), real.pixel_moments),
        **asdict(neighbours.neighbour_scores(real.features, neighbours.manifold(features))),
        "duplicates": float(copies.n_duplicates(images)),
        "class_imbalance": class_imbalance(reading.labels, real.n_classes),
    }
    if requested is not None:
        scores["label_accuracy"] = label_accuracy(reading.labels, requested)
    if judges.guarding and real.guard_moments and real.guard_features:
        guard = judges.guarding.read(images)
        scores["guard_frechet_distance"] = distances.frechet_distance(
            distances.gaussian(guard.features), real.guard_moments
        )
        near = asdict(neighbours.neighbour_scores(real.guard_features, neighbours.manifold(guard.features)))
        scores |= {f"guard_{name}": near[name] for name in _GUARDED}
        if requested is not None:
            scores["guard_label_accuracy"] = label_accuracy(guard.labels, requested)
    return scores


def training_rows(dataset: Dataset, start: int, n: int) -> NDArray[np.int64]:
    """Return the rows of n training digits from a position in a fixed shuffled order, starting over after the last.

    The order is shuffled because MNIST's files alternate between two groups of writers, so that neighbours are alike.
    """
    order = np.random.default_rng(0).permutation(len(dataset.train_images))
    return np.take(order, range(start, start + n), mode="wrap")


def _make(dataset: Dataset, judges: Judges, n_images: int) -> Reference:
    reading = judges.selecting.read(dataset.test_images)
    guard = judges.guarding.read(dataset.test_images) if judges.guarding else None
    real = Reference(
        features=neighbours.manifold(reading.features),
        moments=distances.gaussian(reading.features),
        guard_features=neighbours.manifold(guard.features) if guard else None,
        guard_moments=distances.gaussian(guard.features) if guard else None,
        pixel_moments=distances.pixel_gaussian(dataset.test_images),
        suspicious_distance=copies.suspicious_distance(dataset.test_images, dataset.train_images),
        n_classes=dataset.n_classes,
        floors={
            "label_accuracy": np.array([label_accuracy(reading.labels, dataset.test_labels)]),
            "memorised_share": np.array([copies.SUSPICIOUS_PERCENTILE / 100]),
        },
    )
    if guard:
        real.floors["guard_label_accuracy"] = np.array([label_accuracy(guard.labels, dataset.test_labels)])
    n_draws = max(1, min(N_DRAWS, len(dataset.train_images) // n_images))
    rows = (training_rows(dataset, draw * n_images, n_images) for draw in range(n_draws))
    draws = [score_draw(dataset.train_images[each], real, judges) for each in rows]
    real.floors.update({name: np.array([draw[name] for draw in draws]) for name in draws[0]})
    return real


def _arrays(made: Reference) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "suspicious_distance": made.suspicious_distance,
        "n_classes": made.n_classes,
    }
    for name in (*_MANIFOLDS, *_MOMENTS):
        if part := getattr(made, name):
            arrays.update({f"{name}.{field}": array for field, array in asdict(part).items()})
    return arrays | {f"floor.{name}": values for name, values in made.floors.items()}


def _parse(arrays: Mapping[str, Any]) -> Reference:
    def part(name: str, kind: type[T]) -> T | None:
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # both are dataclasses
        return kind(*(arrays[f"{name}.{each}"] for each in names)) if f"{name}.{names[0]}" in arrays else None

    parts: dict[str, Any] = {name: part(name, neighbours.Manifold) for name in _MANIFOLDS}
    parts |= {name: part(name, distances.Gaussian) for name in _MOMENTS}
    return Reference(
        suspicious_distance=float(arrays["suspicious_distance"]),
        n_classes=int(arrays["n_classes"]),
        floors={name.removeprefix("floor."): arrays[name] for name in arrays if name.startswith("floor.")},
        **parts,
    )
