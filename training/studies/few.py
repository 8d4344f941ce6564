"""A study: what generated digits add to a few real ones, for a reader that learns from them.

All readers have the same architecture, first weights, steps and augmentation: none, and in a second comparison shifts
by up to two pixels. They differ in whether half of their digits are generated, by a generator that has seen the same
few real digits. Generated digits that the reader of real ones does not read as requested are left out. Test digits are
read only when a reader is complete.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.documents import Shape

from .. import jsonlines
from ..data import MNIST_SHA256, SAMPLE_SHA256, Dataset
from ..drawing.sheets import draw_seeds
from ..metrics import judge_training
from ..metrics.judge_training import Classifier
from ..networks.augmentation import Augmentation
from ..networks.conv import ProjectionDiscriminatorConfig
from ..recipes import digits
from ..schedules import Horizon
from ..state import State
from ..trainer import train

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]  # images (N, 28, 28) and labels (N,)

N_GENERATED = 5_000
N_STEPS = 250  # batches of 128 digits for each reader
SHIFT = 2
_ROWS = 500
_SHAPE = Shape(n_bytes=2**24, n_lists=2**14, n_objects=2**14, n_items=2**18)  # enough for ten thousand results

RECIPE = replace(
    digits.RECIPE,
    discriminator=ProjectionDiscriminatorConfig(
        n_classes=10,
        channels=(32, 64, 128),
        hidden=128,
        kernels=(3, 3, 3),  # half the time of `digits`, and fewer weights that could memorise a hundred digits
        spectral_norm=True,
        augmentation=Augmentation(max_shift=SHIFT, cutout=8),
    ),
    loss="hinge",
    penalty=None,
    batch_size=32,
    post_training=None,  # its networks would have to learn from the same few digits
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One choice of real digits, and the shares of test digits that four readers read correctly.

    Args:
        n_digits: real ones, the same number of each class.
        seed: of that choice, the generator and the readers.
        limits: of the generator's training: iterations, and minutes or None.
        iterations: of the generator's training.
        real: after real digits alone.
        both: after real and generated ones.
        real_shifted: after real digits alone, shifted.
        both_shifted: after real and generated ones, shifted.
        data: what `identity` says of the data; older results lack it and are of MNIST.
    """

    n_digits: int
    seed: int
    limits: tuple[int, float | None]
    iterations: int
    real: float
    both: float
    real_shifted: float
    both_shifted: float
    data: str = "mnist"


def identity(dataset: Dataset) -> str:
    """Return what tells a data set from others: ``mnist``, ``sample``, or a folder's name and checksum."""
    known = {MNIST_SHA256: "mnist", SAMPLE_SHA256: "sample"}
    return known.get(dataset.sha256, f"{dataset.name} {dataset.sha256[:12]}")


def balanced(dataset: Dataset, n_digits: int, seed: int) -> Dataset:
    """Return the data set with this number of training digits, evenly over the classes, chosen by the seed."""
    order = np.random.default_rng(seed).permutation(len(dataset.train_labels))
    labels = dataset.train_labels[order]
    rows = np.concatenate([order[labels == label][: n_digits // 10] for label in range(10)])
    return replace(dataset, train_images=dataset.train_images[rows], train_labels=dataset.train_labels[rows])


def run_trial(
    dataset: Dataset, n_digits: int, seed: int, limits: tuple[int, float | None], n_steps: int = N_STEPS
) -> Comparison:
    """Return the comparison of readers for a few real digits.

    Args:
        dataset: supplies the real digits; its test digits are read.
        n_digits: a multiple of ten.
        seed: see `Comparison`.
        limits: see `Comparison`.
        n_steps: of each reader.

    Raises:
        Diverged: a loss of the generator's training is not a number.
    """
    few = balanced(dataset, n_digits, seed)
    state = State(RECIPE, few, seed)
    iterations, minutes = limits
    train(state, Horizon(iterations, 60 * minutes if minutes else None), [], lambda: False)
    generated = _generated(state)
    real, both = _compare(dataset, few, generated, seed, n_steps, max_shift=0)
    real_shifted, both_shifted = _compare(dataset, few, generated, seed, n_steps, max_shift=SHIFT)
    return Comparison(
        n_digits=n_digits,
        seed=seed,
        limits=limits,
        iterations=state.iteration,
        real=real,
        both=both,
        real_shifted=real_shifted,
        both_shifted=both_shifted,
        data=identity(dataset),
    )


def _compare(
    dataset: Dataset, few: Dataset, generated: Digits, seed: int, n_steps: int, *, max_shift: int
) -> tuple[float, float]:
    """Return the test accuracy of a reader of real digits, and of one that also sees as many generated ones."""

    def reader(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Classifier:
        return judge_training.train("plain", images, labels, seed=seed, n_steps=n_steps, max_shift=max_shift)

    images, labels = generated
    real_images, real_labels = np.resize(few.train_images, images.shape), np.resize(few.train_labels, labels.shape)
    of_real = reader(real_images, real_labels)
    clear = np.resize(np.flatnonzero(judge_training.read(of_real, images) == labels), labels.shape)
    of_both = reader(np.concatenate([real_images, images[clear]]), np.concatenate([real_labels, labels[clear]]))
    test = dataset.test_images, dataset.test_labels
    return judge_training.accuracy(of_real, *test), judge_training.accuracy(of_both, *test)


def _generated(state: State) -> Digits:
    """Return digits of seeds 0, 1, 2, ... with the labels in turn: uint8 (N, 28, 28) and int64 (N,)."""
    generator = state.served_generator()
    seeds = np.arange(N_GENERATED, dtype=np.uint64)
    labels = np.arange(N_GENERATED, dtype=np.int64) % 10
    parts = [
        draw_seeds(generator, seeds[start : start + _ROWS], labels[start : start + _ROWS])
        for start in range(0, N_GENERATED, _ROWS)
    ]
    return np.concatenate(parts), labels


def read_results(path: Path) -> list[Comparison]:
    """Return the results in a file, one per line; none if there is no file.

    Damaged lines are left out and named on stderr; their trials count as not yet made.

    Raises:
        RunRefused: the file is not a regular file, or larger than any with results.
    """
    return jsonlines.read(path, Comparison, _SHAPE).values


def keep_result(trial: Comparison, path: Path) -> None:
    """Append a result to a file; on a full disk the file stays as it was."""
    jsonlines.append(path, asdict(trial))


def table(trials: Iterable[Comparison]) -> str:
    """Return medians over seeds, with minimum and maximum, by the number of real digits, in Markdown."""
    lines = ["| real digits | seeds | readers see | real alone | real and generated | gain |", "|---" * 6 + "|"]
    by_number: dict[int, list[Comparison]] = {}
    for trial in trials:
        by_number.setdefault(trial.n_digits, []).append(trial)
    for n_digits, of_one in sorted(by_number.items()):
        for seen, real, both in (
            ("digits as they are", [each.real for each in of_one], [each.both for each in of_one]),
            ("shifted digits", [each.real_shifted for each in of_one], [each.both_shifted for each in of_one]),
        ):
            gains = [after - before for before, after in zip(real, both, strict=True)]
            cells = [f"{n_digits:,}", str(len(of_one)), seen, *(_spread(each) for each in (real, both, gains))]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(shares: list[float]) -> str:
    return f"{100 * median(shares):.2f} ({100 * min(shares):.2f} to {100 * max(shares):.2f})"
