"""The figures that each model should reach."""

from dataclasses import dataclass
from typing import Literal

Rule = Literal["at most", "at least", "at most floors", "within of floor"]


@dataclass(frozen=True)
class Target:
    """The target of one figure of one model.

    Args:
        rule: ``at most floors`` allows a multiple of the score of real digits; ``within of floor`` allows a deviation
            in either direction, because a generator that beats real digits in one score has paid for it in another.
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
            case "within of floor":
                return floor is not None and abs(value - floor) <= self.limit


def _digits(
    *,
    floors: float,
    shares: float,
    densities: float,
    label_accuracy: float,
    reader: float | None = None,
    multiply_adds: float | None = None,
) -> dict[str, Target]:
    """Return the targets of a class-conditional model, by score."""
    targets = {
        "frechet_distance": Target("at most floors", floors),
        "precision": Target("within of floor", shares),
        "recall": Target("within of floor", shares),
        "density": Target("within of floor", densities),
        "coverage": Target("within of floor", densities),
        "label_accuracy": Target("at least", label_accuracy),
        "memorised_share": Target("at most", 0.012),
        "duplicates": Target("at most", 0),
    }
    if reader is not None:
        targets["classifier_accuracy_score"] = Target("at least", reader)
    if multiply_adds is not None:
        targets["multiply_adds"] = Target("at most", multiply_adds)
    return targets


# By model. The textbook models have none, because they serve for comparison.
TARGETS: dict[str, dict[str, Target]] = {
    "digits": _digits(
        floors=1.1, shares=0.01, densities=0.02, label_accuracy=0.997, reader=0.992, multiply_adds=5_000_000
    ),
    "digits-int8": _digits(floors=1.5, shares=0.02, densities=0.03, label_accuracy=0.996),
    "digits-small": _digits(
        floors=3, shares=0.04, densities=0.06, label_accuracy=0.993, reader=0.988, multiply_adds=1_500_000
    ),
}
