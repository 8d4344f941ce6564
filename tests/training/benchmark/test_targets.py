import pytest

from digitgan.contract.card import Metric
from training.benchmark.targets import TARGETS, Rule, Target
from training.evaluate import DEFINITIONS


@pytest.mark.parametrize(
    ("rule", "limit", "met", "missed"),
    [
        ("at most", 2, [1, 2], [2.1]),
        ("at least", 2, [2, 3], [1.9]),
        ("at most floors", 1.5, [0, 15], [15.1]),
        ("at least below floor", 0.1, [9.9, 10, 11], [9.899]),
        ("within of floor", 0.5, [9.5, 10, 10.5], [9.4, 10.6]),
    ],
)
def test_rule_holds_up_to_its_limit(rule: Rule, limit: float, met: list[float], missed: list[float]) -> None:
    target = Target(rule, limit)
    assert all(target.is_met(value, 10) for value in met)
    assert not any(target.is_met(value, 10) for value in missed)


@pytest.mark.parametrize("rule", ["at most floors", "at least below floor", "within of floor"])
def test_floor_rule_is_not_met_without_a_floor(rule: Rule) -> None:
    assert not Target(rule, 1).is_met(0, None)


def test_difference_of_five_test_images_is_within_five_hundredths_of_a_point() -> None:
    assert 0.9937 - 0.9932 > 0.0005  # in binary fractions
    assert Target("within of floor", 0.0005).is_met(0.9932, 0.9937)


@pytest.mark.parametrize("model", ["digits", "digits-small", "digits-int8"])
def test_targets_of_one_judge_hold_for_both(model: str) -> None:
    for name in ("frechet_distance", "precision", "recall", "coverage", "label_accuracy"):
        assert TARGETS[model][f"guard_{name}"] == TARGETS[model][name]


def test_targets_name_existing_figures() -> None:
    for targets in TARGETS.values():
        assert targets.keys() <= DEFINITIONS.keys() | {"multiply_adds"}


def test_real_digits_meet_every_target_of_the_default_model() -> None:
    real = {"frechet_distance": 0.1476, "precision": 0.9326, "recall": 0.9436, "density": 0.9185, "coverage": 0.944}
    for name, value in real.items():
        metric = Metric(value=value, definition="", floor=value)
        assert TARGETS["digits"][name].is_met(metric.value, metric.floor)
