"""The method of each score: the number of images and draws, and the judge that reads them.

A card states the method beside each figure, so that figures measured in different ways are not compared.
"""

from dataclasses import dataclass
from typing import Any

from digitgan.contract.card import Metric

from ..choices import N_DRAWS, N_IMAGES
from . import classes, reader
from .reader_networks import READERS
from .reference import Judges

_NO_JUDGE = ("pixel_distance", "duplicates", "memorised_share", "classifier_accuracy_score")


@dataclass(frozen=True)
class Method:
    """How one score is measured.

    Args:
        n_images: in each draw.
        n_draws: of fresh seeds.
        judge_sha256: of the judge that reads the images; None if none does.
        readers: those that learn from the images, each with its seed and steps; empty if none does.
    """

    n_images: int | None
    n_draws: int | None
    judge_sha256: str | None
    readers: frozenset[tuple[str, int, int]] = frozenset()

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of a metric that state this; the readers' are beside their accuracies."""
        return {"n_images": self.n_images, "n_draws": self.n_draws, "judge_sha256": self.judge_sha256}


def method(name: str, judges: Judges, n_images: int = N_IMAGES, n_draws: int = N_DRAWS) -> Method:
    """Return how a score is measured with this number of images per draw and of draws."""
    judge = judges.guarding if name.startswith("guard_") else judges.selecting
    judge_sha256 = judge.sha256 if judge and name not in _NO_JUDGE else None
    match name:
        case "memorised_share":
            return Method(n_images, 1, judge_sha256)
        case "classifier_accuracy_score":
            readers = frozenset((name, reader.SEED, each.n_steps) for name, each in READERS.items())
            return Method(reader.N_IMAGES, 1, judge_sha256, readers)
        case "stacked_modes" | "stacked_divergence":
            return Method(3 * classes.N_STACKS, 1, judge_sha256)
        case _:
            return Method(n_images, n_draws, judge_sha256)


def stated(metric: Metric) -> Method:
    """Return the method that a figure states."""
    readers = frozenset((name, each.seed, each.n_steps) for name, each in (metric.readers or {}).items())
    return Method(metric.n_images, metric.n_draws, metric.judge_sha256, readers)
