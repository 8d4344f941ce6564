"""The figures that each model should reach."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal["at most", "at least", "at most floors", "at least below floor", "within of floor"]

_ROUNDING = 1e-9  # of differences between figures


@dataclass(frozen=True)
class Target:
    """The target of one figure of one model.

    Args:
        rule: ``at most floors`` allows a multiple of the score of real digits; ``at least below floor`` allows a lower
            score than theirs; ``within of floor`` allows a deviation in either direction, because a generator that
            beats real digits in one score has paid for it in another.
        limit: the number in the rule.
    """

    rule: Rule
    limit: float

    def is_met(self, value: float, floor: float | None) -> bool:
        """Return whether a value meets the target.

        Args:
            value: the figure.
            floor: the score of real digits; rules that involve a floor are not met without one.
        """
        match self.rule:
            case "at most":
                return value <= self.limit
            case "at least":
                return value >= self.limit
            case "at most floors":
                return floor is not None and value <= self.limit * floor
            case "at least below floor":
                return floor is not None and value >= floor - self.limit - _ROUNDING
            case "within of floor":
                return floor is not None and abs(value - floor) <= self.limit + _ROUNDING


def _digits(
    *,
    floors: float,
    precision: float,
    recall: float,
    coverage: float,
    density: float,
    labels: float,
    pixel_floors: float | None = None,
    reader: float | None = None,
    multiply_adds: float | None = None,
) -> dict[str, Target]:
    """Return the targets of a class-conditional model, by score; those of features and labels hold for both judges.

    Args:
        floors: most Frechet distance, in floors.
        precision: most deviation from real digits.
        recall: most deviation.
        coverage: most deviation.
        density: most deviation.
        labels: how much fewer images may be read as requested than real ones.
        pixel_floors: most pixel distance, in floors; None for no target.
        reader: most deviation of each reader's accuracy; None if no readers are trained.
        multiply_adds: most of them; None for no target.
    """
    by_both = {
        "frechet_distance": Target("at most floors", floors),
        "precision": Target("within of floor", precision),
        "recall": Target("within of floor", recall),
        "coverage": Target("within of floor", coverage),
        "label_accuracy": Target("at least below floor", labels),
    }
    targets = by_both | {f"guard_{name}": target for name, target in by_both.items()}
    targets["density"] = Target("within of floor", density)
    targets["memorised_share"] = Target("at most", 0.012)
    targets["duplicates"] = Target("at most", 0)
    if pixel_floors is not None:
        targets["pixel_distance"] = Target("at most floors", pixel_floors)
    if reader is not None:
        targets["classifier_accuracy_score"] = Target("within of floor", reader)
    if multiply_adds is not None:
        targets["multiply_adds"] = Target("at most", multiply_adds)
    return targets


# By model. The textbook models have none, because they serve for comparison.
TARGETS: dict[str, dict[str, Target]] = {
    "digits": _digits(
        floors=1.05,
        precision=0.01,
        recall=0.012,
        coverage=0.01,
        density=0.02,
        labels=0.001,
        pixel_floors=1.1,
        reader=0.0005,
        multiply_adds=5_000_000,
    ),
    "digits-int8": _digits(floors=1.5, precision=0.02, recall=0.02, coverage=0.03, density=0.03, labels=0.001),
    "digits-small": _digits(
        floors=3,
        precision=0.04,
        recall=0.03,
        coverage=0.06,
        density=0.06,
        labels=0.001,
        reader=0.0075,
        multiply_adds=1_500_000,
    ),
}
