"""Scores an exported generator: chooses the images that are drawn from the file, and reports the scores."""

from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from tqdm import tqdm

from digitgan.contract.card import Metric

from .choices import FIRST_SEED, N_DRAWS, N_IMAGES
from .data import Dataset
from .errors import NotScorable
from .metrics import classes, copies, reader
from .metrics.generators import ScorableGenerator
from .metrics.method import Method, method
from .metrics.neighbours import K
from .metrics.reader_networks import READERS
from .metrics.reference import Judges, Reference, reference, required_judges, score_draw, training_rows

# Student's t, two-sided 95 %, for 1, 2, ... degrees of freedom. More draws use the last value, which is large enough.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)

DEFINITIONS = {
    "frechet_distance": "Frechet distance between judge features of generated and test images; lower is better",
    "guard_frechet_distance": "the same by the guarding judge, which selects nothing",
    "kernel_distance": "unbiased cubic-kernel discrepancy of the same features, blocks of 1,000; lower is better",
    "pixel_distance": "Frechet distance between the bare pixels, 0..1, which minds specks; lower is better",
    "precision": "share of generated images among real ones (k = 5 balls of judge features)",
    "recall": "share of test images among generated ones (k = 5)",
    "density": "how densely real images stand around generated ones (k = 5); may exceed 1",
    "coverage": "share of test images with a generated one in their ball (k = 5)",
    "guard_precision": "precision by the guarding judge, which selects nothing",
    "guard_recall": "recall by the guarding judge",
    "guard_coverage": "coverage by the guarding judge",
    "label_accuracy": "share of images that the judge reads as asked; the floor is its accuracy on test images",
    "guard_label_accuracy": "the same by the guarding judge, which selects nothing",
    "class_imbalance": "divergence of the classes read from uniform ones, in nats; real classes are uneven too",
    "duplicates": "images in a draw that repeat another of it, pixel for pixel",
    "memorised_share": "share of images nearer, in pixels, to a training image than 99 of 100 test images are",
    "classifier_accuracy_score": "test images read right by readers that learned from 60,000 generated ones alone, "
    f"mean of {len(READERS)} architectures with seed {reader.SEED}; for the floor, the same readers learned from real "
    "ones",
    "stacked_modes": "of the 1,000 numbers that three draws make, those that came in 26,000",
    "stacked_divergence": "divergence of those numbers from uniform ones, in nats",
}
CONDITIONAL = frozenset({"label_accuracy", "guard_label_accuracy", "classifier_accuracy_score"})  # need classes


def evaluate(
    source: Path | ScorableGenerator,
    dataset: Dataset,
    *,
    n_images: int = N_IMAGES,
    n_draws: int = N_DRAWS,
    first_seed: int = FIRST_SEED,
    with_stacks: bool = False,
    with_reader: bool = False,
    cache: Path | None = None,
    judge_folder: Path | None = None,
) -> dict[str, Metric]:
    """Return the scores of an exported generator, each with its definition, floor and margin.

    The file itself is scored, through onnxruntime. A generator with classes gets the labels of the training digits from
    which the floors come, draw by draw, so that a score differs from its floor by the pictures and not by class
    frequencies. (Measured: even classes cost 0.02 to 0.05 in Frechet distance; over six draws of one generator, the
    distances correlate with the floors of the same draws by 0.5.)

    Args:
        source: a file of the model contract or a foreign one, or such a generator with a person's hints.
        dataset: the real digits.
        n_images: in each draw, at most the number of training digits, which give the floor.
        n_draws: draws of fresh seeds; values are their means, and margins come from their spread.
        first_seed: of the first draw; seeds are consecutive.
        with_stacks: whether to add the modes of Stacked MNIST, from 78,000 more images.
        with_reader: whether to add the classifier accuracy score for a generator with classes, in 6 more minutes,
            and once 6 for real digits.
        cache: folder for the reference; default: the user's.
        judge_folder: of the judges; None for the shipped ones, which read MNIST.

    Raises:
        NotScorable: the file cannot be loaded or run, its images have another size than the real ones, there are too
            few real images, or there are not ten classes for stacks.
        JudgeRefused: a judge's file is missing or damaged, or no judge reads these data.
    """
    judges = required_judges(dataset.sha256, judge_folder)
    if with_stacks and dataset.n_classes != classes.N_CLASSES:
        raise NotScorable(f"stacks need {classes.N_CLASSES} classes, but these data have {dataset.n_classes:,}")
    if min(n_images, len(dataset.train_images), len(dataset.test_images)) <= K:
        raise NotScorable(
            f"{len(dataset.test_images):,} test images, {n_images:,} images per draw; scores need more than {K} of each"
        )
    generator = ScorableGenerator(source, dataset) if isinstance(source, Path) else source
    n_images = min(n_images, len(dataset.train_images))
    real = reference(dataset, judges, n_images, cache)
    draws = []
    for draw in tqdm(range(n_draws), "scoring", unit="draw", leave=False, disable=None):  # shown only on a terminal
        labels = requested_labels(dataset, draw * n_images, n_images)
        images = generator.draw(seeds_from(first_seed + draw * n_images, n_images), labels)
        draws.append(score_draw(images, real, judges, labels if generator.is_conditional else None))
        if draw == 0:
            near = copies.memorised_share(images, dataset.train_images, real.suspicious_distance)
    scores = {name: [each[name] for each in draws] for name in draws[0]} | {"memorised_share": [near]}
    metrics = {
        name: _metric(name, values, real, method(name, judges, n_images, n_draws)) for name, values in scores.items()
    }
    if with_stacks:
        metrics.update(_stack_metrics(generator, first_seed, judges))
    if with_reader and generator.is_conditional:
        metrics["classifier_accuracy_score"] = _readers_metric(generator, dataset, first_seed, judges, cache)
    return metrics


def seeds_from(first: int, n: int) -> NDArray[np.uint64]:
    """Return a draw's consecutive seeds: uint64 (n,)."""
    return np.arange(first, first + n, dtype=np.uint64)


def requested_labels(dataset: Dataset, start: int, n: int) -> NDArray[np.int64]:
    """Return the labels of a draw, int64 (n,): those of the training digits from a position in their fixed order."""
    return dataset.train_labels[training_rows(dataset, start, n)].astype(np.int64)


def _metric(name: str, values: list[float], real: Reference, how: Method) -> Metric:
    """Return the mean of a score over draws, with the mean of real digits over the draws that gave the labels."""
    floors = real.floors[name][: len(values)].tolist()
    return Metric(
        value=float(np.mean(values)),
        definition=DEFINITIONS[name],
        floor=float(np.mean(floors)),
        margin=margin(values),
        floor_margin=margin(floors),
        **how.facts,
    )


def margin(values: list[float]) -> float | None:
    """Return half the width of the 95 % confidence interval of the mean of independent draws; None for one draw."""
    if len(values) < 2:
        return None
    quantile = _STUDENT[min(len(values) - 1, len(_STUDENT)) - 1]
    return float(quantile * np.std(values, ddof=1) / np.sqrt(len(values)))


def _stack_metrics(generator: ScorableGenerator, first_seed: int, judges: Judges) -> dict[str, Metric]:
    """Return the modes of 26,000 stacks, each of three draws with the latents' own classes."""
    seeds = seeds_from(first_seed, 3 * classes.N_STACKS)
    images = generator.draw(seeds, np.full(len(seeds), -1, np.int64))
    spread = classes.modes(judges.selecting.read(images).labels.reshape(-1, 3))
    even = (classes.N_MODES - 1) / (2 * classes.N_STACKS)
    figures = {"stacked_modes": (spread.n_covered, classes.N_MODES), "stacked_divergence": (spread.divergence, even)}
    return {
        name: Metric(value=value, definition=DEFINITIONS[name], floor=floor, **method(name, judges).facts)
        for name, (value, floor) in figures.items()
    }


def _readers_metric(
    generator: ScorableGenerator, dataset: Dataset, first_seed: int, judges: Judges, cache: Path | None
) -> Metric:
    name = "classifier_accuracy_score"
    labels = requested_labels(dataset, 0, reader.N_IMAGES)
    images = generator.draw(seeds_from(first_seed, reader.N_IMAGES), labels)
    scores = reader.reader_scores(images, labels, dataset, cache)
    return Metric(
        value=fmean(each.accuracy for each in scores.values()),
        definition=DEFINITIONS[name],
        floor=fmean(each.floor for each in scores.values()),
        readers=scores,
        **method(name, judges).facts,
    )


def table(title: str, metrics: dict[str, Metric]) -> Table:
    """Return the scores as a table for the terminal."""
    rows = Table(title=title, caption="+- is half of a 95 % confidence interval over the draws")
    for heading in ("score", "value", "+-", "real digits"):
        rows.add_column(heading, justify="left" if heading == "score" else "right")
    for name, metric in metrics.items():
        rows.add_row(name, *(_spell(each) for each in (metric.value, metric.margin, metric.floor)))
    return rows


def _spell(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.4g}"
